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
    // Inquiries.
    ("GET", "/inquiries", "", "-0+++++000000"),
    ("GET", "/inquiries/new?resident={resident}", "", "-0+0++0000000"),
    ("POST", "/inquiries/new", "resident_id=$registered&grounds=marriage-check|family-planning-law-14&case=2026-12&what=marriage-stands", "-0>0>>0000000"),
    ("GET", "/inquiries/{asked}", "", "-0+0++0000000"),
    ("POST", "/inquiries/{asked}/open", "", "-0!0!!0000000"),
    ("POST", "/inquiries/{asked}/sync", "", "-0>0>>0000000"),
    ("POST", "/inquiries/{received}/answer", "decision=not-found", "-0>0!00000000"),
    // Exchange.
    ("GET", "/exchange", "", "-0+++++00000+"),
    ("GET", "/exchange/peers/{peer}", "", "-0+++++00000+"),
    ("POST", "/exchange/peers/{peer}/sync", "", "-0>>>>>00000>"),
    ("GET", "/exchange/cases", "", "-000+00000000"),
    ("GET", "/exchange/cases/{case}", "", "-000+00000000"),
    ("POST", "/exchange/cases/{case}/open", "", "-000!00000000"),
    ("POST", "/exchange/cases/{case}/search", "number=440524188001010014", "-000!00000000"),
    ("POST", "/exchange/cases/{case}/pair", "resident_id=$child", "-000>00000000"),
    ("POST", "/exchange/cases/{case}/retry", "", "-000!00000000"),
    ("POST", "/exchange/cases/{case}/set-aside", "", "-000>00000000"),

    // One's own account.
    ("GET", "/account/password", "", "-++++++++++++"),
    ("POST", "/account/password", "proof.password=$password&password=short", "-!!!!!!!!!!!!"),
    ("GET", "/account/second-factor", "", "-++++++++++++"),
    ("POST", "/account/second-factor", "password=$password", "-++++++++++++"),
    ("POST", "/account/second-factor/confirmation", "code=", "-!!!!!!!!!!!!"),
    ("POST", "/account/second-factor/recovery-codes", "password=$password", "-!!!!!!!!!!!!"),
    ("POST", "/account/second-factor/removal", "password=", "-!!!!!!!!!!!!"),

    // The landlord's.
    ("GET", "/let", "", "-0000000++000"),
    ("GET", "/let/report?door=7777-7777", "", "-++++++++++++"),
    ("GET", "/let/dwellings/{let}", "", "-0000000+0000"),
    ("GET", "/let/dwellings/{let}/move-in", "", "-0000000+0000"),
    ("POST", "/let/dwellings/{let}/move-in", "occupants[0].name=李娜&moved_on=2026-11-18", "-0000000>0000"),
    ("GET", "/let/dwellings/{let}/move-out", "", "-0000000+0000"),
    ("POST", "/let/dwellings/{let}/move-out", "occupants[0].name=李娜&moved_on=2026-11-19", "-0000000>0000"),
    ("GET", "/let/reports", "", "-0000000++000"),
    ("GET", "/let/reports/{report}", "", "-0000000+0000"),
    ("GET", "/let/sheet", "", "-0000000++000"),
    ("POST", "/let/sheet", "sheet=door_code,kind,name,moved_on%0A$let_door,move-in,李娜,2026-11-17", "-0000000+!000"),
];
