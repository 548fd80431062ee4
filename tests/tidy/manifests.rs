//! Every direct dependency says why it is there.

use super::tree::{File, assert_none, manifests};

/// Dependencies without a comment on the line above them.
fn unexplained(file: &File) -> Vec<String> {
    let mut findings = Vec::new();
    let (mut in_dependencies, mut previous) = (false, "");
    for (index, line) in file.text.lines().enumerate() {
        if let Some(table) = line.strip_prefix('[') {
            let table = table.trim_end().trim_end_matches(']');
            in_dependencies = is_dependencies(table);
            // A dependency with a table of its own.
            if is_dependency(table) && !is_reason(previous) {
                findings.push(format!("{}:{}: `{table}` has no reason above it", file.path, index + 1));
            }
        } else if in_dependencies
            && let Some((name, _)) = line.split_once('=')
            && line.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '"')
            && !is_reason(previous)
        {
            findings.push(format!("{}:{}: `{}` has no reason above it", file.path, index + 1, name.trim()));
        }
        previous = line;
    }
    findings
}

fn is_dependencies(table: &str) -> bool {
    let last = table.rsplit('.').next().unwrap_or(table);
    !table.starts_with("workspace") && matches!(last, "dependencies" | "dev-dependencies" | "build-dependencies")
}

fn is_dependency(table: &str) -> bool {
    table.rsplit_once('.').is_some_and(|(parent, _)| is_dependencies(parent))
}

fn is_reason(line: &str) -> bool {
    line.strip_prefix("# ").is_some_and(|reason| !reason.trim().is_empty())
}

#[test]
fn every_dependency_has_its_reason() {
    assert_none("dependencies", &manifests().iter().flat_map(unexplained).collect::<Vec<_>>());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Vec<String> {
        unexplained(&File { path: "Cargo.toml".to_owned(), text: text.to_owned() })
    }

    #[test]
    fn a_dependency_without_reason_is_found() {
        assert_eq!(check("[dependencies]\na = \"1\""), ["Cargo.toml:2: `a` has no reason above it"]);
        assert_eq!(check("[dependencies]\n# Why.\na = \"1\"\nb = \"1\"").len(), 1);
        assert_eq!(check("[target.'cfg(unix)'.dev-dependencies]\n#\na = \"1\"").len(), 1);
        assert_eq!(check("[dependencies.a]\nversion = \"1\"").len(), 1);
    }

    #[test]
    fn a_dependency_with_reason_is_none() {
        assert_eq!(check("[dependencies]\n# Why.\na = { version = \"1\",\n  features = [\"b\"] }").len(), 0);
        assert_eq!(check("# Why.\n[dependencies.a]\nversion = \"1\"").len(), 0);
        assert_eq!(check("[workspace.dependencies]\na = \"1\"\n[features]\nb = []").len(), 0);
    }
}
