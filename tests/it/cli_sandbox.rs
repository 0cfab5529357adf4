//! `adjunct sandbox` as the person who starts it sees it.

use crate::support::served::Served;

/// What one that listens there says about it.
fn said(address: &str, arguments: &[&str]) -> (String, String) {
    let mut served = Served::listening_on(address, arguments);
    (served.kill(), served.address().to_string())
}

#[test]
fn by_default_only_this_machine_is_let_in_and_that_is_said() {
    let help = crate::support::command::adjunct(std::path::Path::new("."), &["sandbox", "--help"]).stdout;
    assert!(help.contains("[default: 127.0.0.1:8080]"), "{help}");
    for arguments in [&[][..], &["--api-key", "k"]] {
        let (said, address) = said("127.0.0.1:0", arguments);
        assert_eq!(said, format!("Listening on {address}; only this machine can reach it.\n"));
    }
}

#[test]
fn whoever_lets_others_in_is_warned_and_more_so_without_a_key() {
    let (open, address) = said("0.0.0.0:0", &[]);
    assert_eq!(
        open,
        format!(
            "Warning: listening on {address} without --api-key. Everybody who can reach this address can read and \
             change the organization.\n"
        )
    );
    let (locked, address) = said("0.0.0.0:0", &["--api-key", "k3y"]);
    assert_eq!(
        locked,
        format!(
            "Warning: listening on {address}. Everybody who can reach this address and has the key can read and \
             change the organization; the key and the answers cross the network unencrypted.\n"
        )
    );
}

#[cfg(unix)]
#[test]
fn it_ends_well_when_it_is_asked_to() {
    let mut served = Served::start(&[]);
    served.terminate();
    assert!(served.wait().success());
}
