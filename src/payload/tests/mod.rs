//! The table of values as data, and properties over random types and values.

mod cases;
mod random;
mod text_type;
mod walk;
