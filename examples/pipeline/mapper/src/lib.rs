//! The mapper of the pipeline: three functions over lists of user records.

use std::collections::BTreeSet;

wit_bindgen::generate!({ path: "wit", world: "mapper" });

struct Mapper;

impl Guest for Mapper {
    fn transform_users(users: Vec<UserRecord>) -> Vec<UserOutput> {
        users.iter().map(output).collect()
    }

    fn filter_active(users: Vec<UserRecord>) -> Vec<UserOutput> {
        users.iter().filter(|user| user.active).map(output).collect()
    }

    fn aggregate_tags(users: Vec<UserRecord>) -> Vec<String> {
        let tags: BTreeSet<String> = users.into_iter().flat_map(|user| user.tags).collect();
        tags.into_iter().collect()
    }
}

fn output(user: &UserRecord) -> UserOutput {
    UserOutput {
        id: user.id,
        display: format!("{} [{}]", user.name, user.tags.join(", ")),
        tag_count: user.tags.len() as u32,
    }
}

export!(Mapper);
