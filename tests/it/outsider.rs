//! What somebody tries who is not supposed to get anywhere: each attempt ends in a proper answer and changes nothing.

use axum::http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::dwellings::{COMMITTEE, building, house};
use crate::harness::{Person, Reply, TestApp, both_databases};
use crate::landlords::person as landlord;
use crate::residents::{at, named, registered, searching, with};

async fn raw(person: &Person, method: Method, path: &str, body: impl Into<Vec<u8>>) -> Reply {
    person.request(method, path).body("application/json", body).send().await
}

/// The bodies of the routes that take text from people, one for each.
fn bodies(resident: &Value, dwelling: &Value) -> Vec<(Method, String, Value)> {
    let reason = json!({ "purpose": "identity-check", "basis": "residence-permit-regulations", "case": "2026-12" });
    let certificate = json!({ "number": "民字第13号", "issuer": "民政局", "authority": "civil-affairs" });
    let spouse = crate::localities::person("王守义", crate::localities::HUSBAND);
    let passport = json!({ "kind": "passport", "number": "E00000014" });
    vec![
        (Method::POST, "/api/v1/buildings".to_owned(), building(COMMITTEE)),
        (Method::POST, "/api/v1/residents".to_owned(), named("王芳")),
        (Method::POST, "/api/v1/residents/searches".to_owned(), searching(json!({ "name": "王芳" }))),
        (Method::POST, "/api/v1/residents/searches".to_owned(), searching(json!({ "document": passport }))),
        (
            Method::POST,
            "/api/v1/residents/takeovers".to_owned(),
            json!({ "document": passport, "name": "王芳", "committee": COMMITTEE, "reason": reason }),
        ),
        (
            Method::PUT,
            at(resident, "/identity"),
            json!({ "name": "王芳", "sex": "female", "birth_date": "1990-05-01", "origin": "411421", "version": 1 }),
        ),
        (Method::PUT, at(resident, "/phone"), json!({ "phone": "15400000014" })),
        (Method::POST, at(resident, "/documents"), json!({ "document": passport })),
        (Method::POST, at(resident, "/disclosures"), json!({ "reason": reason, "fields": ["phone"] })),
        (
            Method::POST,
            at(resident, "/consents"),
            json!({ "given_by": resident["id"], "purpose": "record-exchange", "recipient": "411421", "text_version": "2026-01" }),
        ),
        (Method::POST, "/api/v1/landlords".to_owned(), landlord()),
        (
            Method::POST,
            "/api/v1/landlords/searches".to_owned(),
            searching(json!({ "credit-code": "91999999000000000G" })),
        ),
        (Method::POST, "/api/v1/dwellings/by-door-code".to_owned(), json!({ "door_code": "2222-2223" })),
        (
            Method::POST,
            "/api/v1/tenancies".to_owned(),
            json!({ "resident_id": resident["id"], "dwelling_id": dwelling["id"], "on": "2026-11-20", "said_by": "resident" }),
        ),
        (
            Method::POST,
            "/api/v1/marriages".to_owned(),
            json!({
                "marriage": { "spouses": [{ "resident": resident["id"] }, spouse], "married_on": "2020-05-20",
                              "place": { "division": "130102" }, "certificate": certificate },
                "standing": "stands", "source": "register", "reason": reason,
            }),
        ),
        (
            Method::POST,
            "/api/v1/inquiries".to_owned(),
            json!({ "resident_id": resident["id"], "reason": reason, "wanted": { "questions": [{ "ask": "marriage-stands" }] } }),
        ),
    ]
}

/// Every text in a value, each in turn with something in its place.
fn each_text_replaced(body: &Value, with: impl Fn(&str) -> String + Copy) -> Vec<Value> {
    match body {
        Value::String(text) => vec![json!(with(text))],
        Value::Array(items) => {
            let inside = |at: usize| each_text_replaced(&items[at], with).into_iter().map(move |item| (at, item));
            let put = |(at, item)| {
                let mut items = items.clone();
                items[at] = item;
                Value::Array(items)
            };
            (0..items.len()).flat_map(inside).map(put).collect()
        }
        Value::Object(fields) => {
            let inside = |name: &String| {
                let name = name.clone();
                each_text_replaced(&fields[&name], with).into_iter().map(move |field| (name.clone(), field))
            };
            let put = |(name, field)| {
                let mut fields = fields.clone();
                fields.insert(name, field);
                Value::Object(fields)
            };
            fields.keys().flat_map(inside).map(put).collect()
        }
        _ => Vec::new(),
    }
}

async fn somewhere(app: &TestApp) -> (Person, Value, Value) {
    let clerk = app.as_clerk().await;
    let resident = registered(&clerk, named("王芳")).await;
    let (_, dwellings) = house(&clerk, COMMITTEE).await;
    (clerk, resident, dwellings[0].clone())
}

/// Nothing but a proper refusal: never a fault of ours.
fn handled(reply: &Reply) -> bool {
    matches!(reply.status, 200 | 201 | 204 | 401 | 404 | 409 | 413 | 422)
}

both_databases! {
    async fn a_null_character_is_refused_wherever_text_is_taken(db: TestDb) {
        let app = TestApp::new(&db).await;
        let (clerk, resident, dwelling) = somewhere(&app).await;
        let before = app.raw::<String>("select kind from journal").await.len();
        for (method, path, body) in bodies(&resident, &dwelling) {
            for nul in ["\0", "a\0b", "王\0芳"] {
                for attempt in each_text_replaced(&body, |text| format!("{text}{nul}")) {
                    let reply = raw(&clerk, method.clone(), &path, attempt.to_string()).await;
                    assert_eq!(reply.status, 422, "{method} {path} {attempt} answered {}", reply.json());
                }
            }
        }
        assert_eq!(app.raw::<String>("select kind from journal").await.len(), before);
        let admin = app.as_admin().await;
        let user = json!({ "login": "li.na", "name": "李\0娜", "role": "clerk", "scope": COMMITTEE });
        admin.post("/api/v1/users", user).await.refused(422, "invalid");
        let card = json!({ "card": "a\0b", "fingerprint": "a\0b" });
        assert!(handled(&app.as_system_admin().await.post("/api/v1/peers", card).await));
        for login in ["a\0b", "nobody\0"] {
            let credentials = json!({ "login": login, "password": "a\0b four dry umbrellas" });
            app.anon().post("/api/v1/sessions", credentials).await.refused(422, "invalid");
        }
        let activation = json!({ "login": "nobody", "code": "AAAA\0BBBB", "password": "four\0dry umbrellas" });
        assert!(handled(&app.anon().post("/api/v1/activations", activation).await));
    }

    async fn a_null_character_in_a_path_a_query_or_a_header_is_no_fault_of_ours(db: TestDb) {
        let app = TestApp::new(&db).await;
        let (clerk, ..) = somewhere(&app).await;
        for path in [
            "/api/v1/residents/%00", "/api/v1/peers/a%00b", "/api/v1/divisions/1301%00", "/api/v1/divisions?q=%00",
            "/api/v1/divisions?q=a%00&within=13%00", "/api/v1/reports?state=filed%00", "/api/v1/inquiries?state=%00",
            "/api/v1/buildings?limit=%00", "/api/v1/calendar/due?received=%00&working_days=1",
        ] {
            let reply = clerk.get(path).await;
            assert!(handled(&reply), "{path} answered {}", reply.status);
        }
    }

    async fn strange_but_honest_text_is_taken_as_it_is(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        for name in ["محمد علي", "𠮷野家", "👩‍👩‍👧 王", "ƗḀⱤĦ", "e\u{301}mile", "᠎ᠮᠣᠩᠭᠣᠯ", "O'Brien; drop table residents", "<b>王</b>"] {
            let made = registered(&clerk, named(name)).await;
            let read = clerk.get(&at(&made, "")).await.expect(200);
            assert_eq!(read["name"], made["name"]);
            let found = clerk.post("/api/v1/residents/searches", searching(json!({ "name": name }))).await;
            assert!(handled(&found), "{name} answered {}", found.status);
        }
        assert_eq!(app.raw::<String>("select name from residents").await.len(), 8);
    }

    async fn what_turns_text_around_or_hides_in_it_is_left_out(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        for hidden in ['\u{202e}', '\u{2066}', '\u{feff}', '\u{200b}', '\u{e0041}'] {
            let name = format!("王{hidden}芳");
            assert_eq!(registered(&clerk, named(&name)).await["name"], "王芳", "{hidden:?}");
            let new = with(building(COMMITTEE), "name", json!(name));
            assert_eq!(clerk.post("/api/v1/buildings", new).await.expect(201)["name"], "王芳", "{hidden:?}");
        }
        // Joiners inside words belong to how names are written.
        assert_eq!(registered(&clerk, named("علی\u{200c}رضا")).await["name"], "علی\u{200c}رضا");
    }

    async fn impossible_days_and_numbers_are_named_and_change_nothing(db: TestDb) {
        let app = TestApp::new(&db).await;
        let (clerk, resident, dwelling) = somewhere(&app).await;
        for day in [
            "0000-00-00", "0000-01-01", "-0001-01-01", "9999-12-31", "10000-01-01", "+262142-12-31", "+262143-01-01",
            "2026-02-30", "2026-1-1", "20261120", "2026-11-20T00:00:00Z", "١٤٤٨-٠٦-٠٣", "二〇二六年", "",
        ] {
            let mut born = named("王芳");
            born["birth_date"] = json!(day);
            let reply = clerk.post("/api/v1/residents", born).await;
            assert!(handled(&reply), "birth {day} answered {}", reply.json());
            let new = json!({ "resident_id": resident["id"], "dwelling_id": dwelling["id"], "on": day, "said_by": "resident", "main": false });
            let reply = clerk.post("/api/v1/tenancies", new).await;
            assert!(handled(&reply), "move {day} answered {}", reply.json());
            for path in [
                format!("/api/v1/dwellings/{}/occupants?on={}", dwelling["id"].as_str().unwrap(), encoded(day)),
                format!("/api/v1/calendar/due?received={}&working_days=65535", encoded(day)),
                format!("{}?as_known_at={}", at(&resident, "/tenancies"), encoded(&format!("{day}T00:00:00Z"))),
            ] {
                let reply = clerk.get(&path).await;
                assert!(handled(&reply), "{path} answered {}", reply.json());
            }
        }
        for number in ["-1", "0", "1e400", "99999999999999999999999999", "2147483648", "1.5", "NaN", "null", "true", "\"4\"", "[4]"] {
            let body = format!(r#"{{"dwelling_use":"rented","capacity":{number}}}"#);
            let path = format!("/api/v1/dwellings/{}/use", dwelling["id"].as_str().unwrap());
            raw(&clerk, Method::PUT, &path, body).await.refused(422, "invalid");
            let version = format!(r#"{{"version":{number}}}"#);
            let path = format!("/api/v1/tenancies/{}/undo-move-out", Uuid::from_u128(1));
            let reply = raw(&clerk, Method::POST, &path, version).await;
            assert!(handled(&reply), "version {number} answered {}", reply.json());
        }
        for limit in ["-1", "0", "65535", "65536", "99999999999999999999", "1e3", "０", "%2B5", ""] {
            let reply = clerk.get(&format!("/api/v1/buildings?limit={limit}")).await;
            assert!(handled(&reply), "limit {limit} answered {}", reply.status);
            let auditor = app.as_auditor().await;
            let reply = auditor.get(&format!("/api/v1/journal/entries?limit={limit}&after=-9223372036854775808")).await;
            assert!(handled(&reply), "limit {limit} answered {}", reply.status);
        }
    }

    async fn a_field_that_is_not_asked_for_is_refused_and_not_taken(db: TestDb) {
        let app = TestApp::new(&db).await;
        let (clerk, resident, dwelling) = somewhere(&app).await;
        let smuggled = ["id", "locality", "role", "version_of", "verification", "created_at", "committee_of", "scope", "__proto__"];
        for (method, path, body) in bodies(&resident, &dwelling) {
            for field in smuggled {
                let mut attempt = body.clone();
                attempt[field] = json!("x");
                raw(&clerk, method.clone(), &path, attempt.to_string()).await.invalid(field, "unknown-field");
            }
        }
        let both = json!({ "name": "王芳", "document": { "kind": "passport", "number": "E00000014" } });
        clerk.post("/api/v1/residents/searches", searching(both)).await.refused(422, "invalid");
        let deeper = with(landlord(), "document", json!({ "kind": "passport", "number": "E00000014", "verified": true }));
        clerk.post("/api/v1/landlords", deeper).await.invalid("document.verified", "unknown-field");
        let admin = app.as_admin().await;
        let user = json!({ "login": "li.na", "name": "李娜", "role": "clerk", "scope": COMMITTEE, "password_hash": "x" });
        admin.post("/api/v1/users", user).await.invalid("password_hash", "unknown-field");
        let twice = r#"{"login":"li.na","login":"root","name":"x","role":"clerk","scope":"130102"}"#;
        raw(&admin, Method::POST, "/api/v1/users", twice).await.invalid("login", "duplicate-field");
    }

    async fn a_forged_or_garbled_credential_is_nobody(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let token = clerk.token().to_owned();
        let mut flipped = token.clone();
        let last = flipped.pop().unwrap();
        flipped.push(if last == 'A' { 'B' } else { 'A' });
        let long = "A".repeat(8000);
        for forged in ["", " ", "null", "undefined", &flipped, &token[1..], &format!("{token}A"), &long, "' or 1=1 --", "%00"] {
            app.anon().with_token(forged).get("/api/v1/me").await.refused(401, "not-signed-in");
            let cookie = format!("__Host-anju={forged}");
            app.anon().request(Method::GET, "/api/v1/me").header("cookie", &cookie).send().await.refused(401, "not-signed-in");
        }
        for scheme in [token.clone(), format!("Basic {token}"), format!("Bearer{token}"), "Bearer".to_owned()] {
            let reply = app.anon().request(Method::GET, "/api/v1/me").header("authorization", &scheme).send().await;
            reply.refused(401, "not-signed-in");
        }
        // The token against cross-site requests is no session, and a session is no such token.
        app.anon().with_token(clerk.csrf()).get("/api/v1/me").await.refused(401, "not-signed-in");
        let cookie = format!("__Host-anju={token}");
        let asking = app.anon().request(Method::POST, "/api/v1/buildings").header("cookie", &cookie).header("x-csrf-token", &token);
        asking.json(&building(COMMITTEE)).send().await.refused(403, "csrf-token");
        // In a query a token is nothing.
        app.anon().get(&format!("/api/v1/me?access_token={token}")).await.refused(401, "not-signed-in");
    }

    async fn no_header_makes_somebody_else_of_the_caller(db: TestDb) {
        let app = TestApp::at(&db, "1301").await;
        let clerk = app.as_clerk().await;
        let ask = |name: &str, value: &str| clerk.request(Method::GET, "/api/v1/users").header(name, value).send();
        for (name, value) in [
            ("x-forwarded-for", "127.0.0.1"), ("x-forwarded-user", "administrator"), ("x-remote-user", "administrator"),
            ("x-original-url", "/api/v1/me"), ("x-rewrite-url", "/api/v1/me"), ("x-role", "administrator"),
            ("forwarded", "for=127.0.0.1;host=localhost"), ("host", "localhost"), ("anju-locality", "130102"),
        ] {
            ask(name, value).await.refused(403, "forbidden");
        }
        let overridden = clerk.request(Method::GET, "/api/v1/buildings").header("x-http-method-override", "POST");
        assert!(overridden.json(&building(COMMITTEE)).send().await.expect(200)["items"].is_array());
        let two = |one: &str, other: &str| {
            clerk.request(Method::GET, "/api/v1/buildings").header("anju-locality", one).header("anju-locality", other).send()
        };
        for (one, other) in [("130102", "130104"), ("130104", "130102")] {
            two(one, other).await.invalid("Anju-Locality", "duplicate-field");
        }
        for (foreign, status) in [("130104", 404), ("411421", 404), ("13０102", 422), ("130102,130104", 422), ("", 422)] {
            let reply = clerk.request(Method::GET, "/api/v1/buildings").header("anju-locality", foreign).send().await;
            assert_eq!(reply.status, status, "{foreign}");
        }
        // Attempts are counted by name, whatever a header says about where they come from.
        for n in 0..20 {
            let asking = app.anon().request(Method::POST, "/api/v1/sessions").header("x-forwarded-for", &format!("10.0.0.{n}"));
            asking.json(&json!({ "login": "nobody", "password": "not the password" })).send().await.refused(401, "wrong-login");
        }
        let asking = app.anon().request(Method::POST, "/api/v1/sessions").header("x-forwarded-for", "10.0.1.1");
        asking.json(&json!({ "login": "nobody", "password": "not the password" })).send().await.refused(429, "too-many-attempts");
    }

    async fn no_path_leads_around_the_doors(db: TestDb) {
        let app = TestApp::new(&db).await;
        let (clerk, resident, _) = somewhere(&app).await;
        let id = resident["id"].as_str().unwrap();
        let long = "9".repeat(60_000);
        for path in [
            "/api/v1/me/../users", "/api/v1/me/%2e%2e/users", "/api/v1/me%2f..%2fusers", "//api/v1/users", "/api//v1/users",
            "/api/v1/users/", "/API/v1/users", "/api/v1/users;x=1", "/api/v1/users%00", "/api/v1/users%20",
            "/api/docs/../../etc/passwd", "/api/docs/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/api/docs/..%5c..%5cCargo.toml",
            "/exchange/v1/../../api/v1/users", &format!("/api/v1/residents/{id}%2fconsents"),
            &format!("/api/v1/residents/{long}"), &format!("/api/v1/residents/{id}{id}"), "/api/v1/residents/١٢٣",
            "/api/v1/residents/%d9%a1%d9%a2", "/api/v1/residents/%ff%fe", "/api/v1/divisions/１３",
            "/api/v1/residents/00000000-0000-0000-0000-000000000000", "/api/v1/residents/-1", "/api/v1/peers/%2e%2e",
        ] {
            let Ok(uri) = path.parse::<axum::http::Uri>() else { continue };
            let reply = clerk.get(&uri.to_string()).await;
            assert!(matches!(reply.status, 403 | 404), "{:.80} answered {}", path, reply.status);
        }
        // One thing has one id: other spellings of it name the same thing or nothing.
        for spelling in [id.to_uppercase(), format!("{{{id}}}"), id.replace('-', "")] {
            let reply = clerk.get(&format!("/api/v1/residents/{}", encoded(&spelling))).await;
            assert!(matches!(reply.status, 200 | 404), "{spelling} answered {}", reply.status);
        }
        for method in [Method::HEAD, Method::OPTIONS, Method::TRACE, Method::PATCH, Method::CONNECT] {
            let reply = app.anon().request(method.clone(), "/api/v1/users").send().await;
            assert!(matches!(reply.status, 401 | 405), "{method} answered {}", reply.status);
        }
    }

    async fn a_guessed_id_is_like_one_that_never_was(db: TestDb) {
        let app = TestApp::new(&db).await;
        let (_, resident, dwelling) = somewhere(&app).await;
        let other = app.as_clerk_of("130102007029").await;
        let told = |reply: Reply| {
            let mut problem = reply.refused(404, "not-found");
            problem["request_id"].take();
            (problem, reply.headers.get("content-length").cloned())
        };
        let never = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001).to_string();
        for (kind, real) in [("residents", &resident), ("dwellings", &dwelling)] {
            let real = told(other.get(&format!("/api/v1/{kind}/{}", real["id"].as_str().unwrap())).await);
            assert_eq!(real, told(other.get(&format!("/api/v1/{kind}/{never}")).await));
        }
    }

    async fn what_is_nested_too_deep_or_too_large_ends_in_a_refusal(db: TestDb) {
        let app = TestApp::new(&db).await;
        let (clerk, ..) = somewhere(&app).await;
        for (open, close) in [("[", "]"), ("{\"name\":", "}")] {
            let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
            let reply = raw(&clerk, Method::POST, "/api/v1/residents", deep).await;
            assert!(matches!(reply.status, 413 | 422), "{open} answered {}", reply.status);
        }
        let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
        for body in [format!(r#"{{"wanted":{deep}}}"#), format!(r#"{{"stated":{deep}}}"#), deep.clone()] {
            raw(&clerk, Method::POST, "/api/v1/inquiries", body).await.refused(422, "invalid");
        }
        let long = json!({ "name": "王".repeat(3_500_000) }).to_string();
        assert!(long.len() > 10_000_000);
        for path in ["/api/v1/residents", "/api/v1/residents/searches", "/api/v1/inquiries", "/api/v1/buildings"] {
            raw(&clerk, Method::POST, path, long.clone()).await.refused(413, "too-large");
        }
        let wide: String = (0..50_000).map(|n| format!("\"f{n}\":1,")).collect();
        raw(&clerk, Method::POST, "/api/v1/residents", format!("{{{wide}\"x\":1}}")).await.refused(422, "invalid");
        for garbage in [&b"\xff\xfe{}"[..], b"\xef\xbb\xbf{}", b"{\"name\":\"\\ud800\"}", b"{\"name\":\"\xc3\x28\"}", b"{]", b"\0"] {
            raw(&clerk, Method::POST, "/api/v1/residents", garbage).await.refused(422, "invalid");
        }
        let key = clerk.request(Method::POST, "/api/v1/buildings").header("idempotency-key", &"k".repeat(5000));
        key.json(&building(COMMITTEE)).send().await.invalid("Idempotency-Key", "malformed-idempotency-key");
    }
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02x}") })
        .collect()
}
