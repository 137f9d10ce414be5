//! What exports of other systems may look like besides those in tests/import/fixtures: columns that are empty, models that
//! are no users, values in pieces. Whoever is read wrongly finds out at their first sign-in.

use countersign_server::import::keys::Keys;
use countersign_server::import::person::Token;
use countersign_server::import::{NotRead, Person, Source, System, Why, read};

const SECRET: &str = "GEZDGNBVGY3TQOJQ";

fn people(system: System, text: &str) -> Result<Vec<Person>, NotRead> {
    read(system, &[Source::new("export", text.into())], &Keys::default())
}

/// What becomes of each authenticator: its secret in base 32, or why it stays behind.
fn carried(tokens: &[Token]) -> Vec<Result<String, Why>> {
    let carried = |token: &Token| {
        let carried = token.carried.as_ref().map_err(Clone::clone);
        carried.map(|(secret, _)| secret.to_base32().to_string())
    };
    tokens.iter().map(carried).collect()
}

fn only(system: System, text: &str) -> Vec<Result<String, Why>> {
    let people = people(system, text).unwrap();
    assert_eq!(people.len(), 1, "{text}");
    carried(&people[0].tokens)
}

#[test]
fn devise_asks_nobody_for_a_code_of_whom_it_does_not_say_so() {
    let csv =
        |on: &str| format!("id,email,otp_secret,otp_required_for_login\n7,a@example.org,{SECRET},{on}\n");
    for on in ["true", "t", "1"] {
        assert_eq!(only(System::Devise, &csv(on)), [Ok(SECRET.to_owned())], "{on}");
    }
    // The secret is made when the QR code is shown, and most who see one go away again.
    for off in ["", "\\N", "NULL", "false", "f", "0"] {
        assert_eq!(only(System::Devise, &csv(off)), [Err(Why::Off)], "{off}");
    }
    let json = format!("{{\"id\":7,\"otp_secret\":\"{SECRET}\",\"otp_required_for_login\":null}}");
    assert_eq!(only(System::Devise, &json), [Err(Why::Off)]);
    let without = format!("id,email,otp_secret\n7,a@example.org,{SECRET}\n");
    assert_eq!(only(System::Devise, &without), [Ok(SECRET.to_owned())], "a table without the column");
}

#[test]
fn an_object_that_leaves_out_what_is_empty_says_that_it_is_empty() {
    let fortify = "[{\"id\": 1, \"two_factor_secret\": \"x\", \"two_factor_confirmed_at\": \"2026-01-01\"},\n\
                   {\"id\": 2, \"two_factor_secret\": \"x\"}]";
    let people = people(System::Fortify, fortify).unwrap();
    assert_eq!(carried(&people[1].tokens), [Err(Why::Unconfirmed)]);
    let devise = format!(
        "{{\"id\":1,\"otp_secret\":\"{SECRET}\",\"otp_required_for_login\":true}}\n\
         {{\"id\":2,\"otp_secret\":\"{SECRET}\"}}"
    );
    let people = self::people(System::Devise, &devise).unwrap();
    assert_eq!(
        (carried(&people[0].tokens), carried(&people[1].tokens)),
        (vec![Ok(SECRET.to_owned())], vec![Err(Why::Off)])
    );
}

#[test]
fn of_django_only_users_are_people_whatever_else_has_a_password() {
    let user = |pk: u8, name: &str| {
        format!(
            r#"{{"model":"auth.user","pk":{pk},"fields":{{"username":"{name}","password":"!","last_login":null}}}}"#
        )
    };
    let device = r#"{"model":"otp_totp.totpdevice","pk":1,"fields":{"user":5,"name":"Phone","confirmed":true,
        "key":"31323334353637383930","step":30,"t0":0,"digits":6}}"#;
    let history =
        r#"{"model":"policies.passwordhistory","pk":5,"fields":{"user":4,"password":"pbkdf2_sha256$1$a$b"}}"#;
    let smtp = r#"{"model":"mailer.server","pk":5,"fields":{"host":"mail","password":"hunter2"}}"#;
    let dump = format!("[{},{},{history},{smtp},{device}]", user(4, "karel"), user(5, "jana"));
    let people = people(System::Django, &dump).unwrap();
    let names: Vec<_> = people.iter().map(|person| person.username.as_deref().unwrap()).collect();
    assert_eq!(names, ["karel", "jana"]);
    assert_eq!(carried(&people[1].tokens), [Ok(SECRET.to_owned())], "another model's key is nobody's");
    assert_eq!(carried(&people[0].tokens), []);
    let customers = user(6, "eva").replace("auth.user", "shop.customer");
    let Err(wrong) = self::people(System::Django, &format!("[{},{customers}]", user(4, "karel"))) else {
        panic!("two kinds of users are read as one")
    };
    assert!(wrong.to_string().contains("auth.user and in shop.customer"), "{wrong}");
    // A user model that keeps no moment of the last login.
    let bare = r#"[{"model":"people.user","pk":1,"fields":{"email":"a@example.org","password":"!"}}]"#;
    assert_eq!(self::people(System::Django, bare).unwrap().len(), 1);
}

#[test]
fn whom_a_directory_keeps_for_keycloak_is_nobody_who_is_left_out_in_silence() {
    let otp = r#"{"type":"otp","secretData":"{\"value\":\"1234567890\"}",
        "credentialData":"{\"subType\":\"totp\",\"digits\":6,\"period\":30,\"algorithm\":\"HmacSHA1\"}"}"#;
    let federated = format!(r#"{{"id":"f:5d1c:jana","credentials":[{otp}]}}"#);
    for realm in [
        format!(r#"{{"realm":"r","federatedUsers":[{federated}]}}"#),
        format!(r#"{{"realm":"r","users":[],"federatedUsers":[{federated}]}}"#),
    ] {
        let people = people(System::Keycloak, &realm).unwrap();
        assert_eq!(people.len(), 1, "{realm}");
        assert_eq!(
            (people[0].id.as_deref(), people[0].username.as_deref()),
            (Some("f:5d1c:jana"), Some("jana"))
        );
        assert_eq!(carried(&people[0].tokens), [Ok(SECRET.to_owned())]);
    }
    assert!(people(System::Keycloak, r#"{"realm":"r"}"#).is_err());
}

#[test]
fn a_secret_of_pskc_is_read_whole_or_not_at_all() {
    let container = |value: &str, more: &str| {
        format!(
            "<KeyContainer><KeyPackage><Key Algorithm=\"urn:ietf:params:xml:ns:keyprov:pskc:totp\" Id=\"T1\">\
             <AlgorithmParameters><ResponseFormat Length=\"6\"/></AlgorithmParameters>\
             <Data><Secret><PlainValue>{value}</PlainValue></Secret>{more}</Data></Key></KeyPackage></KeyContainer>"
        )
    };
    let whole = "MTIzNDU2Nzg5MA==";
    for value in
        [whole, "MTIz<!-- a comment -->NDU2Nzg5MA==", "\n MTIzNDU2Nzg5MA==\n", "<![CDATA[MTIzNDU2Nzg5MA==]]>"]
    {
        assert_eq!(only(System::PrivacyIdea, &container(value, "")), [Ok(SECRET.to_owned())], "{value}");
    }
    // The last twelve bytes of it would be a secret as well: nobody's.
    let referred = container("MTIzNDU2Nzg5MDEy&#77;TIzNDU2Nzg5MDEy", "");
    assert_eq!(only(System::PrivacyIdea, &referred), [Err(Why::Unreadable("Secret", "base 64"))]);
    let time = "<TimeInterval><PlainValue>half a minute</PlainValue></TimeInterval>";
    assert_eq!(only(System::PrivacyIdea, &container(whole, time)), [Err(Why::Period)]);
    // Time that is sealed as well is no secret.
    let sealed = "<Time><EncryptedValue><CipherData><CipherValue>AAAA</CipherValue></CipherData></EncryptedValue></Time>";
    assert_eq!(only(System::PrivacyIdea, &container(whole, sealed)), [Ok(SECRET.to_owned())]);
}

#[test]
fn what_is_said_once_of_somebody_is_said_on_whichever_line() {
    let hash =
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$ASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4mrze8";
    let csv = format!(
        "user,email,name,password_hash,secret\n1,a@example.org,,,{SECRET}\n1,a@example.org,Jana,\"{hash}\",\n"
    );
    let people = people(System::Countersign, &csv).unwrap();
    assert_eq!(people.len(), 1);
    assert_eq!(people[0].name.as_deref(), Some("Jana"));
    assert!(matches!(people[0].password, countersign_server::import::person::Password::Kept(_)));
}
