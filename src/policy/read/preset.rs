//! What `attributes` maps before its own lines.

use super::super::Mapping;
use crate::model::{AddressPart, Field};

/// What JumpCloud's own agent imports at the least.
const CORE: [(&str, &[&str]); 4] = [
    ("username", &["sAMAccountName"]),
    ("email", &["mail", "userPrincipalName"]),
    ("firstname", &["givenName"]),
    ("lastname", &["sn"]),
];

/// The text fields that the agent adds with `SyncAdditionalAttributes`
/// (<https://jumpcloud.com/support/advanced-configurations-for-ad-sync>). JumpCloud does not say from which AD attributes
/// they come: these are the ones that have these meanings in Active Directory.
const AGENT: [(&str, &str); 7] = [
    ("displayname", "displayName"),
    ("description", "description"),
    ("jobTitle", "title"),
    ("department", "department"),
    ("company", "company"),
    ("location", "physicalDeliveryOfficeName"),
    ("employeeType", "employeeType"),
];

/// Its telephone numbers, under the types that JumpCloud's LDAP gives to the same attributes. `work_mobile` is not among
/// them: Active Directory has no such number.
const PHONES: [(&str, &str); 4] = [
    ("work", "telephoneNumber"),
    ("mobile", "mobile"),
    ("home", "homePhone"),
    ("work_fax", "facsimileTelephoneNumber"),
];

/// Its address.
const ADDRESS: [(AddressPart, &str); 6] = [
    (AddressPart::Street, "streetAddress"),
    (AddressPart::PoBox, "postOfficeBox"),
    (AddressPart::Locality, "l"),
    (AddressPart::Region, "st"),
    (AddressPart::PostalCode, "postalCode"),
    (AddressPart::Country, "co"),
];

/// The mappings of `preset="core"`.
pub(super) fn core() -> impl Iterator<Item = Mapping> {
    CORE.into_iter().filter_map(|(field, sources)| Some(Mapping::preset(Field::text(field)?, sources)))
}

/// The mappings of `preset="agent"`.
pub(super) fn agent() -> impl Iterator<Item = Mapping> {
    let texts = AGENT.into_iter().filter_map(|(field, source)| Some((Field::text(field)?, source)));
    let phones = PHONES.into_iter().map(|(kind, source)| (Field::phone(kind), source));
    let address = ADDRESS.into_iter().map(|(part, source)| (Field::address("work", part), source));
    let more = texts.chain(phones).chain(address).chain([(Field::Manager, "manager")]);
    core().chain(more.map(|(field, source)| Mapping::preset(field, &[source])))
}
