//! A small directory and a small organization, built by name.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::desired::{Desired, desire, mark};
use crate::model::{
    AccountExpires, Attributes, Directory, DirectoryGroup, DirectoryUser, Dn, DomainName, Evidence, Field,
    GroupType, JumpCloudGroupId, JumpCloudUserId, Member, MemberLookup, MembershipMethod, ObjectGuid,
    Organization, SecondLook, User, UserAccountControl, UserGroup, Value,
};
use crate::plan::{self, Action, Allowances, Change, Kind, Plan};
use crate::policy::{
    ActiveDirectory, DirectoryUse, Dissociation, Exclusion, GroupSelector, JumpCloud, Leave, LeaveAction,
    Limits, Mapping, NewUserState, NewUsers, PasswordAuthority, Policy, Span, Spanned, Takeover,
};

pub(super) const ROOT: &str = "OU=Staff,DC=example,DC=com";

/// Both sides and the policy between them.
#[derive(Clone)]
pub(super) struct World {
    pub(super) policy: Policy,
    pub(super) directory: Directory,
    pub(super) organization: Organization,
    pub(super) now: Timestamp,
}

pub(super) fn guid(number: u32) -> ObjectGuid {
    format!("{number:08x}-0000-4000-8000-000000000000").parse().unwrap()
}

fn spanned<T>(value: T) -> Spanned<T> {
    Spanned { value, span: Span { start: 0, length: 0 } }
}

fn mapping(field: Field, sources: &[&str]) -> Mapping {
    Mapping::preset(field, sources)
}

impl World {
    /// An empty organization, and a directory with nothing but the security group.
    pub(super) fn new() -> Self {
        let mut world = Self {
            policy: Policy {
                name: "corp".to_owned(),
                active_directory: ActiveDirectory::Ldif { file: spanned("corp.ldif".to_owned()) },
                jumpcloud: JumpCloud::Sandbox { state: spanned("org.json".to_owned()), seed: None },
                domain: DomainName::new("example.com"),
                root_container: spanned(Dn::parse(ROOT).unwrap()),
                security_group: spanned(GroupSelector::Name("JumpCloud".to_owned())),
                administrators_group: None,
                group_name: None,
                takeover: Takeover::Refuse,
                passwords: PasswordAuthority::Directory,
                new_users: NewUsers { state: NewUserState::Activated, has_welcome_email: true },
                dissociation: Dissociation {
                    default: Leave { action: LeaveAction::Remove, grace: None },
                    by_cause: BTreeMap::new(),
                },
                directory: DirectoryUse::Bind,
                mappings: vec![
                    mapping(Field::Username, &["sAMAccountName"]),
                    mapping(Field::Email, &["mail", "userPrincipalName"]),
                    mapping(Field::Firstname, &["givenName"]),
                    mapping(Field::Lastname, &["sn"]),
                    mapping(Field::Department, &["department"]),
                ],
                exclusions: Vec::new(),
                exceptions: Vec::new(),
                limits: Limits::default(),
            },
            directory: Directory {
                domain: DomainName::new("example.com"),
                users: Vec::new(),
                groups: Vec::new(),
                others: Vec::new(),
                member_lookups: BTreeMap::new(),
                second_looks: BTreeMap::new(),
                service_account: None,
                evidence: Evidence::default(),
            },
            organization: Organization::default(),
            now: "2026-11-22T12:00:00Z".parse().unwrap(),
        };
        world.group(1, "JumpCloud");
        world
    }

    /// Adds a user account; `sam` is its name in every attribute.
    pub(super) fn user(&mut self, number: u32, sam: &str) -> &mut DirectoryUser {
        let mut attributes = Attributes::default();
        for (name, value) in [
            ("sAMAccountName", sam.to_owned()),
            ("mail", format!("{sam}@example.com")),
            ("givenName", format!("First {number}")),
            ("sn", format!("Last {number}")),
        ] {
            attributes.extend(name, [Value::Text(value)]);
        }
        let user = DirectoryUser {
            guid: guid(number),
            dn: Dn::parse(&format!("CN={sam},{ROOT}")).unwrap(),
            user_account_control: UserAccountControl(512),
            account_expires: AccountExpires(0),
            primary_group_id: Some(513),
            attributes,
        };
        self.directory.users.push(user);
        self.directory.users.sort_by_key(|user| user.guid);
        self.user_mut(number)
    }

    pub(super) fn user_mut(&mut self, number: u32) -> &mut DirectoryUser {
        self.directory.users.iter_mut().find(|user| user.guid == guid(number)).unwrap()
    }

    /// Adds a user account and puts it in the security group.
    pub(super) fn member(&mut self, number: u32, sam: &str) -> &mut DirectoryUser {
        self.user(number, sam);
        self.join(number, 1);
        self.user_mut(number)
    }

    /// Adds a security group.
    pub(super) fn group(&mut self, number: u32, cn: &str) {
        let mut attributes = Attributes::default();
        attributes.extend("cn", [Value::Text(cn.to_owned())]);
        attributes.extend("sAMAccountName", [Value::Text(cn.to_owned())]);
        self.directory.groups.push(DirectoryGroup {
            guid: guid(number),
            dn: Dn::parse(&format!("CN={cn},{ROOT}")).unwrap(),
            group_type: GroupType(-2_147_483_646),
            rid: Some(number),
            members: Vec::new(),
            attributes,
        });
        self.directory.groups.sort_by_key(|group| group.guid);
    }

    pub(super) fn group_mut(&mut self, number: u32) -> &mut DirectoryGroup {
        self.directory.groups.iter_mut().find(|group| group.guid == guid(number)).unwrap()
    }

    /// Changes `cn`, wherever the group lies.
    pub(super) fn name_group(&mut self, number: u32, cn: &str) {
        let attributes = &mut self.group_mut(number).attributes;
        attributes.remove("cn");
        attributes.extend("cn", [Value::Text(cn.to_owned())]);
    }

    pub(super) fn dn_of(&self, number: u32) -> Dn {
        let users = self.directory.users.iter().map(|user| (user.guid, &user.dn));
        let groups = self.directory.groups.iter().map(|group| (group.guid, &group.dn));
        users.chain(groups).find(|(other, _)| *other == guid(number)).unwrap().1.clone()
    }

    /// Puts a user or group in a group.
    pub(super) fn join(&mut self, member: u32, group: u32) {
        let dn = self.dn_of(member);
        self.group_mut(group).members.push(Member { dn, guid: None });
    }

    /// Takes a user or group out of a group.
    pub(super) fn quit(&mut self, member: u32, group: u32) {
        let dn = self.dn_of(member);
        self.group_mut(group).members.retain(|member| member.dn != dn);
    }

    /// Takes the user out of the directory and every group.
    pub(super) fn delete(&mut self, number: u32) {
        let dn = self.dn_of(number);
        for group in &mut self.directory.groups {
            group.members.retain(|member| member.dn != dn);
        }
        self.directory.users.retain(|user| user.guid != guid(number));
    }

    /// Sets an attribute of a user; an empty text clears it.
    pub(super) fn set(&mut self, number: u32, name: &str, value: &str) {
        let attributes = &mut self.user_mut(number).attributes;
        attributes.remove(name);
        if !value.is_empty() {
            attributes.extend(name, [Value::Text(value.to_owned())]);
        }
    }

    /// Renames the logon name, and the mail address with it.
    pub(super) fn rename(&mut self, number: u32, sam: &str) {
        self.set(number, "sAMAccountName", sam);
        self.set(number, "mail", &format!("{sam}@example.com"));
    }

    /// Moves a user into a container of its own below the root container, or back. Whatever names it by DN goes along.
    pub(super) fn move_within(&mut self, number: u32) {
        let old = self.dn_of(number);
        let new = match old.as_str().split_once(",OU=Below,") {
            Some((name, rest)) => format!("{name},{rest}"),
            None => old.as_str().replacen(',', ",OU=Below,", 1),
        };
        let new = Dn::parse(&new).unwrap();
        for member in self.directory.groups.iter_mut().flat_map(|group| &mut group.members) {
            if member.dn == old {
                member.dn = new.clone();
            }
        }
        let reports = self.directory.users.iter().filter(|user| user.attributes.has("manager", old.as_str()));
        let reports: Vec<ObjectGuid> = reports.map(|user| user.guid).collect();
        for user in self.directory.users.iter_mut().filter(|user| reports.contains(&user.guid)) {
            user.attributes.remove("manager");
            user.attributes.extend("manager", [Value::Text(new.as_str().to_owned())]);
        }
        self.user_mut(number).dn = new;
    }

    pub(super) fn exclude(&mut self, exclusion: Exclusion) {
        self.policy.exclusions.push(exclusion);
    }

    /// A JumpCloud user that no policy owns.
    pub(super) fn unowned(&mut self, id: &str, username: &str) -> &mut User {
        let fields = BTreeMap::from([
            (Field::Username, username.to_owned()),
            (Field::Email, format!("{username}@example.com")),
        ]);
        self.organization.users.insert(
            JumpCloudUserId::new(id),
            User { fields, created: Some("2026-01-01T00:00:00Z".parse().unwrap()), ..User::default() },
        );
        self.organization.users.get_mut(&JumpCloudUserId::new(id)).unwrap()
    }

    /// A JumpCloud user that this policy owns for the AD object `number`.
    pub(super) fn owned(&mut self, id: &str, username: &str, number: u32) -> &mut User {
        let fields = mark(&self.policy, guid(number)).user_fields().collect::<Vec<_>>();
        let user = self.unowned(id, username);
        user.fields.extend(fields);
        user
    }

    pub(super) fn jumpcloud_group(&mut self, id: &str, name: &str, description: &str, members: &[&str]) {
        let id = JumpCloudGroupId::new(id);
        let group = UserGroup {
            name: name.to_owned(),
            description: description.to_owned(),
            membership_method: MembershipMethod::Static,
            directory: None,
        };
        self.organization.groups.insert(id.clone(), group);
        let members: BTreeSet<_> = members.iter().map(|member| JumpCloudUserId::new(*member)).collect();
        self.organization.members.insert(id, members);
    }

    pub(super) fn owned_group(&mut self, id: &str, name: &str, number: u32, members: &[&str]) {
        let description = mark(&self.policy, guid(number)).mark_description("Ours");
        self.jumpcloud_group(id, name, &description, members);
    }

    pub(super) fn desired(&self) -> Desired {
        desire(&self.policy, &self.directory, self.now).unwrap()
    }

    /// Plans, with second looks that a truthful server would answer from the directory of this world.
    pub(super) fn plan(&self) -> Plan {
        self.plan_with(&Allowances::default())
    }

    pub(super) fn plan_with(&self, allowances: &Allowances) -> Plan {
        let mut directory = self.directory.clone();
        let desired = self.desired();
        loop {
            let needed = plan::second_look_needed(&self.policy, &directory, &desired, &self.organization);
            if needed.is_empty() {
                return plan::plan(
                    &self.policy,
                    &directory,
                    &desired,
                    &self.organization,
                    allowances,
                    self.now,
                );
            }
            directory.second_looks.extend(needed.into_iter().map(|guid| (guid, self.look(guid))));
        }
    }

    /// Hides a user or group from the bind account: the server shows neither the object nor that it exists, and still
    /// names it in `member` and `memberOf` of others.
    pub(super) fn hide(&mut self, number: u32) {
        let dn = self.dn_of(number);
        let nested = self.directory.group(guid(number)).map(|group| group.members.clone());
        for member in nested.into_iter().flatten() {
            let users = self.directory.users.iter().map(|user| (user.guid, &user.dn));
            let groups = self.directory.groups.iter().map(|group| (group.guid, &group.dn));
            let found = users.chain(groups).find(|(_, dn)| **dn == member.dn).map(|(guid, _)| guid);
            if let Some(guid) = found {
                let look = self.directory.second_looks.get(&guid).cloned().unwrap_or_else(|| self.look(guid));
                self.directory.second_looks.insert(guid, look);
            }
        }
        self.directory.users.retain(|user| user.guid != guid(number));
        self.directory.groups.retain(|group| group.guid != guid(number));
        self.directory.second_looks.insert(guid(number), SecondLook::Gone);
        self.directory.member_lookups.insert(dn, MemberLookup::Unreadable);
    }

    fn look(&self, guid: ObjectGuid) -> SecondLook {
        let member_of = |dn: &Dn| {
            let holds = |group: &&DirectoryGroup| group.members.iter().any(|member| member.dn == *dn);
            self.directory.groups.iter().filter(holds).map(|group| group.dn.clone()).collect()
        };
        if let Some(user) = self.directory.user(guid) {
            return SecondLook::Found {
                dn: user.dn.clone(),
                member_of: member_of(&user.dn),
                user_account_control: user.user_account_control,
                account_expires: user.account_expires,
            };
        }
        self.directory.group(guid).map_or(SecondLook::Gone, |group| SecondLook::Found {
            dn: group.dn.clone(),
            member_of: member_of(&group.dn),
            user_account_control: UserAccountControl::default(),
            account_expires: AccountExpires::default(),
        })
    }

    /// The world after its plan was applied, with everything in step.
    pub(super) fn applied(mut self) -> Self {
        self.organization = plan::simulate(&self.plan(), &self.organization, self.now);
        self
    }
}

/// `+ user ada`, `- member ada of Sales`, in the plan's order.
pub(super) fn lines(plan: &Plan) -> Vec<String> {
    plan.changes.iter().map(line).collect()
}

fn line(change: &Change) -> String {
    let symbol = match change.action {
        Action::Create | Action::Add => '+',
        Action::Adopt => '>',
        Action::Update => '~',
        Action::Suspend => '!',
        Action::Activate => '*',
        Action::Unbind => '/',
        Action::Remove | Action::Drop => '-',
    };
    match (&change.group, change.kind) {
        (Some(group), _) => format!("{symbol} member {} of {}", change.name, group.name),
        (None, Kind::User) => format!("{symbol} user {}", change.name),
        (None, _) => format!("{symbol} group {}", change.name),
    }
}

/// `ada: taken-username`
pub(super) fn held(plan: &Plan) -> Vec<String> {
    plan.held_back.iter().map(|held| format!("{}: {}", held.name, held.reason)).collect()
}
