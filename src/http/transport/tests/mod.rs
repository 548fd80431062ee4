//! The transport by cases, and properties over random requests.
