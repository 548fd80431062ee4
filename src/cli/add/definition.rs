//! The text of the definition file that declares what was added. Writes no file.

use super::super::{
    inspect::{self, Report, entry},
    scalar::scalar,
};
use super::{exports::Export, home::Home};

/// A definition file with the entries of `exports`, and with one for the folder if there is none yet.
pub(super) fn to_text(report: &Report, home: &Home, exports: &[Export]) -> String {
    let place = home.place();
    let folder = home.fs.as_ref().filter(|fs| fs.is_new).map(|fs| {
        let (name, folder) = (scalar(fs.id.name()), home.folder.display());
        format!(
            "# The folder for binaries. Paths below are paths in it.\n\
             - name: {name}\n  kind: fs.directory\n  directory: ./{folder}\n"
        )
    });
    let entries = exports.iter().map(|export| {
        let entry = entry::of_function(report, &export.name, &export.method, &place);
        if entry::is_handler(&export.method) { entry + &endpoint(&export.name) } else { entry }
    });
    let entries: Vec<String> = folder.into_iter().chain(entries).collect();
    format!(
        "version: \"1.0\"\nnamespace: {}\n\nentries:\n{}",
        scalar(&home.namespace),
        inspect::indented(&entries.join("\n"))
    )
}

/// A hint for what sends requests to the entry `name`.
fn endpoint(name: &str) -> String {
    format!(
        "\n# It gets the requests of an endpoint, such as:\n\
         # - name: {}\n#   kind: http.endpoint\n#   method: GET\n#   path: /{{rest...}}\n#   func: {}\n",
        scalar(&format!("{name}_endpoint")),
        scalar(name)
    )
}
