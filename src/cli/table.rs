//! Tables of text, in columns of equal width.

use super::terminal::{heading, visible};
use crate::{
    component::Type,
    error::Result,
    payload::{Payload, wave},
};

/// Rows of cells under names.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

#[derive(Debug)]
struct Column {
    name: String,
    is_number: bool,
}

/// A value as a table: a list of records has a column for each field, a record a line for each, another list is one column.
/// Everything else is its text.
pub(super) fn of_value(payload: &Payload, ty: &Type) -> Result<String> {
    let table = match (ty, payload) {
        (Type::List(list), Payload::Array(elements)) => of_list(elements, &list.ty())?,
        (Type::Record(record), Payload::Map(map)) => {
            let rows = record.fields().map(|(name, ty)| {
                let value = map.get(name).unwrap_or(&Payload::Null);
                Ok(vec![name.to_owned(), cell(value, &ty)?])
            });
            Table { rows: rows.collect::<Result<_>>()?, ..Table::new(&["field", "value"]) }
        }
        _ => return cell(payload, ty),
    };
    Ok(table.to_text())
}

fn of_list(elements: &[Payload], ty: &Type) -> Result<Table> {
    let Type::Record(record) = ty else {
        let columns = vec![Column { name: "value".to_owned(), is_number: is_number(ty) }];
        let rows = elements.iter().map(|element| Ok(vec![cell(element, ty)?]));
        return Ok(Table { columns, rows: rows.collect::<Result<_>>()? });
    };
    let columns =
        record.fields().map(|(name, ty)| Column { name: name.to_owned(), is_number: is_number(&ty) }).collect();
    let row = |element: &Payload| {
        let value = |name: &str| element.as_map().and_then(|map| map.get(name)).unwrap_or(&Payload::Null);
        record.fields().map(|(name, ty)| cell(value(name), &ty)).collect::<Result<Vec<_>>>()
    };
    Ok(Table { columns, rows: elements.iter().map(row).collect::<Result<_>>()? })
}

/// A value on one line: text as it is, `none` as nothing, a list of simple values with commas, else WAVE.
fn cell(payload: &Payload, ty: &Type) -> Result<String> {
    let text = match (ty, payload) {
        (Type::Option(_), Payload::Null) => String::new(),
        (Type::Option(option), value) if !matches!(option.ty(), Type::Option(_)) => return cell(value, &option.ty()),
        (Type::String | Type::Char | Type::Enum(_), Payload::String(text)) => text.clone(),
        (Type::List(list), Payload::Array(elements)) if is_simple(&list.ty()) => {
            let ty = list.ty();
            elements.iter().map(|element| cell(element, &ty)).collect::<Result<Vec<_>>>()?.join(", ")
        }
        (Type::Flags(_), Payload::Array(names)) => {
            names.iter().filter_map(Payload::as_str).collect::<Vec<_>>().join(", ")
        }
        _ => wave::payload_to_text(payload, ty)?,
    };
    Ok(visible(&text).replace('\n', "\\n"))
}

fn is_simple(ty: &Type) -> bool {
    is_number(ty) || matches!(ty, Type::Bool | Type::Char | Type::String | Type::Enum(_))
}

fn is_number(ty: &Type) -> bool {
    match ty {
        Type::Option(option) => is_number(&option.ty()),
        Type::S8 | Type::U8 | Type::S16 | Type::U16 | Type::S32 | Type::U32 | Type::S64 | Type::U64 => true,
        Type::Float32 | Type::Float64 => true,
        _ => false,
    }
}

impl Table {
    /// An empty table with columns of text.
    pub(super) fn new(names: &[&str]) -> Self {
        let column = |name: &&str| Column { name: (*name).to_owned(), is_number: false };
        Table { columns: names.iter().map(column).collect(), rows: Vec::new() }
    }

    pub(super) fn push(&mut self, row: impl IntoIterator<Item = String>) {
        self.rows.push(row.into_iter().collect());
    }

    /// The names, a rule, and the rows.
    pub(super) fn to_text(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|column| column.name.clone()).collect();
        let widths: Vec<usize> = (0..names.len()).map(|index| self.width(index)).collect();
        let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        let mut lines = vec![heading(&self.line(&names, &widths)), self.line(&rule, &widths)];
        lines.extend(self.rows.iter().map(|row| self.line(row, &widths)));
        lines.join("\n")
    }

    /// The rows alone.
    pub(super) fn to_rows(&self, indent: &str) -> String {
        let widths: Vec<usize> = (0..self.columns.len()).map(|index| self.rows_width(index)).collect();
        self.rows.iter().map(|row| format!("{indent}{}\n", self.line(row, &widths))).collect()
    }

    fn width(&self, index: usize) -> usize {
        let name = self.columns.get(index).map_or(0, |column| column.name.chars().count());
        name.max(self.rows_width(index))
    }

    fn rows_width(&self, index: usize) -> usize {
        self.rows.iter().filter_map(|row| row.get(index)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    }

    fn line(&self, cells: &[String], widths: &[usize]) -> String {
        let cells = cells.iter().zip(widths).zip(&self.columns);
        let padded = cells.map(|((cell, &width), column)| match column.is_number {
            true => format!("{cell:>width$}"),
            false => format!("{cell:<width$}"),
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    }
}
