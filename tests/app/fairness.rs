//! A guest that computes without end beside others, on one core.

use super::{
    client::{body, status},
    entries::{HALF, SPIN, WEB, endpoint},
    folder::Folder,
    stage::play,
};

#[test]
fn a_guest_that_computes_does_not_keep_others_from_being_answered() {
    let app =
        Folder::of(&[WEB, HALF, SPIN, &endpoint("a", "GET", "/half", "half"), &endpoint("b", "GET", "/spin", "spin")]);
    play(&app, |client| async move {
        let spinning = client.connect().await;
        spinning.send("GET /spin HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
        assert_eq!(body(&client.ask("GET /half?number=4", "").await), "2");
        assert_eq!(status(&spinning.rest().await), "504");
        // The machine is one: what it computes for one is time of all.
        let spun = "t:spin 1 Timeout: all time is used up (max_execution_ms is 5)";
        assert_eq!(client.told.take_of("call"), ["t:half 2 value", spun]);
    });
}
