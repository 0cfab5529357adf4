//! The text as diagnostics may show it: secrets and characters that would act on a terminal replaced, every byte
//! still at its place.

use super::super::Span;
use super::secret::{Place, secrets_in};
use super::token::{Kind, tokens_of};
use crate::model::is_active;

/// The text with an asterisk for each byte of a secret.
pub(in crate::policy) fn mask(text: &str) -> String {
    let tokens = tokens_of(text);
    let mut spans = secrets_in(&tokens, text, Place::Policy);
    let is_comment = |kind| matches!(kind, Kind::LineComment | Kind::BlockComment | Kind::Continuation);
    for comment in tokens.iter().filter(|token| is_comment(token.kind)) {
        // Behind its first slash, so that it is no comment; comments inside of it are not looked into.
        let Some(slash) = comment.span.slice(text).find('/') else { continue };
        let start = comment.span.start + slash + 1;
        let inner = Span::between(start, comment.span.end()).slice(text);
        let found = secrets_in(&tokens_of(inner), inner, Place::Comment);
        spans.extend(found.into_iter().map(|span| Span { start: span.start + start, length: span.length }));
    }
    spans.sort();
    cover(text, &spans)
}

/// The text with the spans masked and without characters that a terminal would obey.
fn cover(text: &str, spans: &[Span]) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut spans = spans.iter().peekable();
    for (at, character) in text.char_indices() {
        while spans.next_if(|span| span.end() <= at).is_some() {}
        let is_secret = spans.peek().is_some_and(|span| span.start <= at);
        let is_line_end = character == '\n' || text.get(at..).is_some_and(|rest| rest.starts_with("\r\n"));
        if is_line_end || (!is_secret && !acts_on_a_terminal(at, character)) {
            masked.push(character);
        } else {
            let cover = if is_secret { "*" } else { "?" };
            masked.push_str(&cover.repeat(character.len_utf8()));
        }
    }
    masked
}

/// What would be obeyed or not be seen, but for tabs and the byte order mark that a text may begin with.
fn acts_on_a_terminal(at: usize, character: char) -> bool {
    is_active(character) && character != '\t' && !(at == 0 && character == '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn masks_secrets_and_nothing_else() {
        for (text, masked) in [
            (r#"bind "CORP\\jc" password="hunter2""#, r#"bind "CORP\\jc" password="*******""#),
            (r#"bind "CORP\\jc" password = "hunter2" // x"#, r#"bind "CORP\\jc" password = "*******" // x"#),
            (r#"bind "CORP\\jc" password=hunter2"#, r#"bind "CORP\\jc" password=*******"#),
            (r#"bind "CORP\\jc" password=12345678"#, r#"bind "CORP\\jc" password=********"#),
            (r#"bind "CORP\\jc" password=#true"#, r#"bind "CORP\\jc" password=*****"#),
            (
                r#"bind "CORP\\jc" password=(env)"AD_PASSWORD""#,
                r#"bind "CORP\\jc" password=(env)"AD_PASSWORD""#,
            ),
            (r#"bind "CORP\\jc" password=(plain)"hunter2""#, r#"bind "CORP\\jc" password=(plain)"*******""#),
            (r#"bind "CORP\\jc" "hunter2""#, r#"bind "CORP\\jc" "*******""#),
            (r#"bind "CORP\\jc" passwrod="hunter2""#, r#"bind "CORP\\jc" passwrod="*******""#),
            (r#"bind "CORP\\jc" Password: "hunter2""#, r#"bind "CORP\\jc" Password: "*******""#),
            (r#"service-account "id" "hunter2""#, r#"service-account "id" "*******""#),
            (r#"service-account secret="a" "hunter2""#, r#"service-account secret="*" "*******""#),
            (r#"serviceaccount id="x" "hunter2""#, r#"serviceaccount id="x" "*******""#),
            (r#"service-account "id" secret=(env)"NAME""#, r#"service-account "id" secret=(env)"NAME""#),
            (r#"api-key { value "hunter2"; }; url "x""#, r#"api-key { ***** "*******"; }; url "x""#),
            ("api-key { hunter2; }", "api-key { *******; }"),
            (r#"(env)api-key "hunter2""#, r#"(env)api-key "*******""#),
            ("api-key hunter2=", "api-key ********"),
            ("api-key hunter2=x", "api-key *********"),
            ("api-key:hunter2", "api-key:*******"),
            ("api-key /-\n\"hunter2\"\nurl \"x\"", "api-key /-\n\"*******\"\nurl \"x\""),
            ("api-key /- // x\n\n \"a\" hunter2\nurl", "api-key /- // x\n\n \"*\" *******\nurl"),
            ("api-key /-\nhunter2\nurl", "api-key /-\n*******\nurl"),
            ("bind /-\n\"id\" \"hunter2\"", "bind /-\n\"id\" \"*******\""),
            ("/-\napi-key \"hunter2\"", "/-\napi-key \"*******\""),
            ("api-key\n\"hunter2\" \"hunter2\"", "api-key\n\"*******\" \"*******\""),
            ("bind \"a\" password=\n\"hunter2\"", "bind \"a\" password=\n\"*******\""),
            ("service-account \"id\"\n\"hunter2\"", "service-account \"id\"\n\"*******\""),
            ("api-key (env)\"A\"\n\"url\" \"x\"", "api-key (env)\"A\"\n\"url\" \"x\""),
            (r#"key "hunter2"; api "hunter2""#, r#"key "*******"; api "*******""#),
            (r#"api-key "hunter2" "two""#, r#"api-key "*******" "***""#),
            (r#"api-key (env)"x=hunter2""#, r#"api-key (env)"*********""#),
            (r#"api-key: "hunter2""#, r#"api-key: "*******""#),
            (r#"api_key = "hunter2""#, r#"api_key = "*******""#),
            (r#"apikey hunter2 ; url "x""#, r#"apikey ******* ; url "x""#),
            (r#"api-key (file)"a" ; x { api-key "b" }"#, r#"api-key (file)"a" ; x { api-key "*" }"#),
            (r##"api-key #"hun"ter2"#"##, r##"api-key #"********"#"##),
            ("api-key \"\"\"\n  hun\n  \"\"\"\nurl \"x\"", "api-key \"\"\"\n*****\n**\"\"\"\nurl \"x\""),
            ("password \"ünter\"", "password \"******\""),
            ("api-key \"hunter2\nurl \"x\"", "api-key \"*******\nurl \"x\""),
            ("api-key \"hun\"ter 2\" x\nurl", "api-key \"***\"********\nurl"),
            (r#"api-key "hun\qter""#, r#"api-key "********""#),
            (r#"/- api-key "hunter2""#, r#"/- api-key "*******""#),
            (r#"// api-key "hunter2" was it"#, r#"// api-key "*******" was it"#),
            ("/* old: password=hunter2 */", "/* old: password=******* */"),
            ("// the password is in the vault", "// the password is in the vault"),
            ("a \\ // password=hunter2\n b", "a \\ // password=*******\n b"),
            ("a \r\nb\rc", "a \r\nb?c"),
            (r#"passwords "directory""#, r#"passwords "directory""#),
            (r#"server "ldaps://me:hunter2@dc1""#, r#"server "ldaps://**********@dc1""#),
            ("a \u{1b}[31m\u{202e}b", "a ?[31m???b"),
            ("a\u{200b} \u{e0041}\u{feff}", "a??? ???????"),
            ("\u{feff}a\u{200d}é", "\u{feff}a\u{200d}é"),
        ] {
            assert_eq!(mask(text), masked, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn keeps_every_byte_at_its_place(text in "(api-key|password|bind|[a-z]|[\"#=(){};:é/*\n \u{1b}\\\\-]){0,40}") {
            let masked = mask(&text);
            proptest::prop_assert_eq!(masked.len(), text.len());
            for (at, _) in text.match_indices('\n') {
                proptest::prop_assert_eq!(masked.as_bytes()[at], b'\n');
            }
        }

        #[test]
        fn a_literal_secret_is_never_left(secret in "[A-Za-z0-9@:/ \"#\\\\;{}=é*]{0,12}", quotes in 0..2_usize) {
            let secret = format!("hunter{secret}2");
            let written = if quotes == 0 { format!("\"{secret}\"") } else { format!("##\"{secret}\"##") };
            let text = format!("policy \"x\" {{\n  bind \"a\" password={written}\n}}\n");
            proptest::prop_assert!(!mask(&text).contains("hunter"), "{}", mask(&text));
        }
    }
}
