//! The rows of the pages in the table of routes and roles, by room; `endpoints.rs` says what the letters mean. Who has no
//! business on a page is told that there is none.

#[rustfmt::skip]
pub const PAGES: &[(&str, &str, &str, &str)] = &[
    // Everybody's.
    ("GET", "/", "", "->>>>>>>>>>>>"),
    ("GET", "/assets/{version}/{file}", "", "0000000000000"),
    ("GET", "/sign-in", "", "+++++++++++++"),
    ("POST", "/sign-in", "login=$login&password=$password", ">>>>>>>>>>>>>"),
    ("GET", "/activate", "", "+++++++++++++"),
    ("POST", "/activate", "login=nobody&code=AAAA-BBBB-CCCC&password=$password", "!!!!!!!!!!!!!"),
    ("POST", "/language", "language=en&back=/desk", ">>>>>>>>>>>>>"),
    ("GET", "/account", "", "-++++++++++++"),
    ("POST", "/account/sessions/end", "password=$password", "->>>>>>>>>>>>"),
    ("GET", "/specimens", "", "-++++++++++++"),
    ("GET", "/matter", "", "-0+++++000000"),
    ("POST", "/matter", "grounds=identity-check|residence-permit-regulations&case=2026-12", "-0>>>>>000000"),
];
