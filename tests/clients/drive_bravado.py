"""Drives a sandbox with bravado, which validates every request and every answer against JumpCloud's own documents.

    drive_bravado.py URL KEY

The last line says how many calls of how many operations there were. Anything that is not as it should be ends it with an
exception.
"""

import json
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlsplit

from bravado.client import CallableOperation, SwaggerClient
from bravado.exception import HTTPBadRequest, HTTPConflict, HTTPNotFound, HTTPUnauthorized
from bravado.requests_client import RequestsClient

DOCUMENTS = Path(__file__).resolve().parent.parent / "openapi"
CONFIG = {
    "use_models": True,
    "validate_swagger_spec": True,
    "validate_requests": True,
    "validate_responses": True,
}

# What tests/clients/organization.json holds.
ORGANIZATION = "5f1b881d9b3a4d2b3c4d5e6f"
ADA = "64a0c0de0000000000000001"
GRACE = "64a0c0de0000000000000002"
ENGINES = "64b0c0de0000000000000001"
DYNAMIC = "64b0c0de0000000000000002"
DIRECTORY = "64c0c0de0000000000000001"
AGENT = "64c0c0de00000000000000a1"
WIKI = "64d0c0de0000000000000001"


class Api:
    """The operations of one document, by their ids."""

    def __init__(self, name, url, key):
        document = json.loads((DOCUMENTS / f"{name}.json").read_text(encoding="utf-8"))
        # Where it is, is all that differs from JumpCloud itself.
        document["host"] = urlsplit(url).netloc
        document["schemes"] = [urlsplit(url).scheme]
        http = RequestsClient()
        if key is not None:
            http.set_api_key(urlsplit(url).netloc, key, param_name="x-api-key", param_in="header")
        client = SwaggerClient.from_spec(document, http_client=http, config=CONFIG)
        self.operations = {}
        for resource in dir(client):
            for name in dir(getattr(client, resource)):
                operation = getattr(getattr(client, resource), name)
                if isinstance(operation, CallableOperation):
                    self.operations[operation.operation.operation_id] = operation
        self.called = set()
        self.calls = 0

    def response(self, operation, **parameters):
        self.called.add(operation)
        self.calls += 1
        return self.operations[operation](**parameters).response()

    def __call__(self, operation, **parameters):
        return self.response(operation, **parameters).result


def refused(refusal, api, operation, **parameters):
    """Asks for what must be refused."""
    try:
        api(operation, **parameters)
    except refusal as error:
        return error
    raise AssertionError(f"{operation} with {parameters} was not refused with {refusal.__name__}")


def all_pages(api, operation, limit, rows=lambda answer: answer, **parameters):
    """Every row of a list, read until a page is empty."""
    found = []
    while True:
        page = rows(api(operation, limit=limit, skip=len(found), **parameters))
        assert len(page) <= limit, (operation, len(page))
        if not page:
            return found
        found.extend(page)


def organizations(v1):
    listed = v1("organization_list")
    assert (listed.totalCount, [each["_id"] for each in listed.results]) == (1, [ORGANIZATION]), listed
    organization = v1("organizations_get", id=ORGANIZATION)
    assert (organization.displayName, organization.settings.name) == ("Clients", "Clients"), organization


def crowd(v2):
    """So many users that a list of them has several pages, whichever way it is read."""
    people = [{"username": f"person{n:03}", "email": f"person{n:03}@example.com"} for n in range(205)]
    job = v2("bulk_usersCreate", body=people).jobId
    results = all_pages(v2, "bulk_usersCreateResults", 100, job_id=job)
    assert [each.status for each in results] == ["Finished"] * len(people), results


def users(v1):
    """Reads, creates, changes, finds and removes users."""
    total = v1("systemusers_list").totalCount
    listed = all_pages(v1, "systemusers_list", 100, lambda page: page.results, sort="username")
    names = [user.username for user in listed]
    assert len(names) == total > 200 and names == sorted(names) and len(set(names)) == total, names
    assert len(v1("systemusers_list").results) == 10
    some = v1("systemusers_list", filter=["username:$eq:ada.lovelace"], fields="username email").results
    assert [(user.username, user.email, user.firstname) for user in some] == [
        ("ada.lovelace", "ada.lovelace@example.com", None)
    ], some

    ada = v1("systemusers_get", id=ADA)
    assert (ada.firstname, ada.unix_uid, ada.mfa.configured) == ("Ada", 5001, True), ada
    assert (ada.attributes[0].name, ada.attributes[0].value) == ("costCode", "ENG-100"), ada
    assert ada.phoneNumbers[0]["number"] == "+44 20 7946 0001" and ada.phoneNumbers[0]["id"], ada
    assert ada.admin["id"] and ada.organization == ORGANIZATION and ada.state == "ACTIVATED", ada

    body = {
        "username": "mary.somerville",
        "email": "mary.somerville@example.com",
        "firstname": "Mary",
        "state": "STAGED",
        "manager": ADA,
        "attributes": [{"name": "costCode", "value": "SCI-1"}],
        "phoneNumbers": [{"type": "work", "number": "+44 20 7946 0002"}],
        "restrictedFields": [{"field": "email", "type": "active_directory"}],
    }
    mary = v1("systemusers_post", body=body)
    assert (mary.username, mary.state, mary.manager, mary.activated) == ("mary.somerville", "STAGED", ADA, False), mary
    assert mary.restrictedFields[0].field == "email", mary
    user = mary["_id"]
    refused((HTTPBadRequest, HTTPConflict), v1, "systemusers_post", body=body)
    v1("systemusers_state_activate", id=user, body={})
    assert v1("systemusers_get", id=user).state == "ACTIVATED"
    changed = v1("systemusers_put", id=user, body={"department": "Mathematics", "suspended": True})
    assert (changed.department, changed.state, changed.firstname) == ("Mathematics", "SUSPENDED", "Mary"), changed
    changed = v1("systemusers_put", id=user, body={"state": "ACTIVATED", "attributes": []})
    assert (changed.suspended, changed.attributes) == (False, []), changed
    wrong = refused(
        HTTPBadRequest,
        v1,
        "systemusers_put",
        id=user,
        body={"attributes": [{"name": "no name", "value": "x"}]},
        fullValidationDetails="password",
    )
    assert wrong.swagger_result.details, wrong

    found = v1("search_systemusers_post", body={"filter": [{"department": "Mathematics"}], "fields": "username"})
    assert (found.totalCount, [each.username for each in found.results]) == (1, ["mary.somerville"]), found
    found = v1("search_systemusers_post", body={"searchFilter": {"searchTerm": "SOMER", "fields": ["email"]}})
    assert [each["_id"] for each in found.results] == [user], found

    v1("systemusers_expire", id=user)
    v1("systemusers_unlock", id=user)
    until = datetime.now(timezone.utc) + timedelta(days=3)
    v1("systemusers_resetmfa", id=user, body={"exclusion": True, "exclusionUntil": until})
    after = v1("systemusers_get", id=user)
    assert (after.password_expired, after.account_locked, after.mfa.exclusion) == (True, False, True), after

    key = v1("sshkey_post", id=user, body={"name": "desk", "public_key": "ssh-ed25519 AAAA mary"})
    keys = v1("sshkey_list", id=user)
    assert [(each["_id"], each.name) for each in keys] == [(key["_id"], "desk")], keys
    v1("sshkey_delete", systemuser_id=user, id=key["_id"])
    assert v1("sshkey_list", id=user) == []

    refused(HTTPConflict, v1, "systemusers_delete", id=ADA)
    gone = v1("systemusers_delete", id=user, cascade_manager="null")
    assert gone["_id"] == user, gone
    refused(HTTPNotFound, v1, "systemusers_get", id=user)
    assert v1("systemusers_list").totalCount == total


def groups(v1, v2):
    """A group, its members, and what it is bound to."""
    group = v2("groups_user_post", body={"name": "Analysts", "description": "first"})
    assert (group.name, group.type, group.description) == ("Analysts", "user_group", "first"), group
    refused(HTTPConflict, v2, "groups_user_post", body={"name": "Analysts"})
    changed = v2("groups_user_put", id=group.id, body={"name": "Analysts", "description": "second"})
    assert v2("groups_user_get", id=group.id).description == changed.description == "second"
    names = [each.name for each in all_pages(v2, "groups_user_list", 2, sort=["name"])]
    assert names == ["Analysts", "Engines", "Everybody in London", "Nobody"], names
    listed = v2("groups_list", limit=2, sort=["-name"], filter=["name:ne:Nobody"])
    kinds = [(each.name, each.type) for each in listed]
    assert kinds == [("Workstations", "system_group"), ("Everybody in London", "user_group")], kinds

    # Members are listed in no order, so that only a single page is sure to be whole.
    everybody = all_pages(v1, "systemusers_list", 100, lambda page: page.results, sort="_id")
    members = [each["_id"] for each in everybody[:25]]
    for member in members:
        v2("graph_userGroupMembersPost", group_id=group.id, body={"op": "add", "type": "user", "id": member})
    listed = all_pages(v2, "graph_userGroupMembersList", 100, group_id=group.id)
    assert sorted(each.to.id for each in listed) == members, listed
    reached = all_pages(v2, "graph_userGroupMembership", 10, group_id=group.id, sort=["id"])
    assert sorted(each.id for each in reached) == members and all(each.paths for each in reached), reached
    once_more = {"op": "add", "type": "user", "id": members[0]}
    refused(HTTPConflict, v2, "graph_userGroupMembersPost", group_id=group.id, body=once_more)
    remove = {**once_more, "op": "remove"}
    v2("graph_userGroupMembersPost", group_id=group.id, body=remove)
    refused(HTTPNotFound, v2, "graph_userGroupMembersPost", group_id=group.id, body=remove)
    of_the_first = v2("graph_userMemberOf", user_id=members[1])
    assert group.id in [each.id for each in of_the_first], of_the_first
    refused(HTTPBadRequest, v2, "graph_userGroupMembersPost", group_id=DYNAMIC, body=once_more)

    bind = {"op": "add", "type": "active_directory", "id": DIRECTORY}
    v2("graph_userGroupAssociationsPost", group_id=group.id, body=bind)
    bound = v2("graph_userGroupAssociationsList", group_id=group.id, targets="active_directory")
    assert [each.to.id for each in bound] == [DIRECTORY], bound
    refused(HTTPNotFound, v2, "graph_userGroupAssociationsPost", group_id=group.id, body={**bind, "id": WIKI})
    inherited = v2("graph_userTraverseActiveDirectory", user_id=members[-1])
    assert [(each.id, [len(path) for path in each.paths]) for each in inherited] == [(DIRECTORY, [2])], inherited
    v2("graph_userGroupAssociationsPost", group_id=group.id, body={**bind, "op": "remove"})
    assert v2("graph_userTraverseActiveDirectory", user_id=members[-1]) == []
    v2("groups_user_delete", id=group.id)
    refused(HTTPNotFound, v2, "groups_user_get", id=group.id)


def traversals(v2):
    """Everything that can be reached from the users and the group of the organization."""
    names = ["ActiveDirectory", "Application", "Directory", "GSuite", "LdapServer", "Office365", "RadiusServer"]
    names += ["System", "SystemGroup"]
    of_the_group = {name: v2(f"graph_userGroupTraverse{name}", group_id=ENGINES) for name in names}
    of_ada = {name: v2(f"graph_userTraverse{name}", user_id=ADA) for name in names}
    counts = lambda reached: [len(reached[name]) for name in names]
    assert counts(of_the_group) == [1, 1, 2, 0, 1, 0, 1, 0, 1], of_the_group
    assert counts(of_ada) == [1, 1, 3, 1, 1, 0, 1, 0, 1], of_ada
    assert of_ada["Application"][0].id == WIKI and of_ada["Application"][0].type == "application", of_ada


def directories(v2):
    """An Active Directory object, its agents, and who is bound to it."""
    listed = v2("directories_list", limit=100)
    assert (DIRECTORY, "active_directory") in [(each.id, each.type) for each in listed], listed
    first = v2("activedirectories_get", id=DIRECTORY)
    assert (first.domain, first.useCase) == ("DC=corp;DC=example;DC=com", "ADASAUTHORITY"), first
    agents = v2("activedirectories_agentsList", activedirectory_id=DIRECTORY)
    assert [(each.id, each.agentType, each.state) for each in agents] == [(AGENT, "IMPORT", "active")], agents
    agent = v2("activedirectories_agentsGet", activedirectory_id=DIRECTORY, agent_id=AGENT)
    assert agent.hostname == "dc1.corp.example.com", agent

    made = v2("activedirectories_post", body={"domain": "DC=lab;DC=example;DC=com", "groupsEnabled": True})
    assert made.groupsEnabled is True, made
    assert len(v2("activedirectories_list")) == 2
    sync = v2("activedirectories_agentsPost", activedirectory_id=made.id, body={"agentType": "SYNC"})
    assert sync.connectKey, sync
    v2("activedirectories_agentsDelete", activedirectory_id=made.id, agent_id=sync.id)
    assert v2("activedirectories_agentsList", activedirectory_id=made.id) == []

    bind_user = {"op": "add", "type": "user", "id": ADA}
    v2("graph_activeDirectoryAssociationsPost", activedirectory_id=made.id, body=bind_user)
    refused(HTTPConflict, v2, "graph_activeDirectoryAssociationsPost", activedirectory_id=made.id, body=bind_user)
    bind_group = {"op": "add", "type": "user_group", "id": ENGINES}
    v2("graph_activeDirectoryAssociationsPost", activedirectory_id=made.id, body=bind_group)
    bound = v2("graph_activeDirectoryAssociationsList", activedirectory_id=made.id, targets="user")
    assert [(each.to.type, each.to.id) for each in bound] == [("user", ADA)], bound
    groups_of_it = v2("graph_activeDirectoryTraverseUserGroup", activedirectory_id=made.id)
    assert [each.id for each in groups_of_it] == [ENGINES], groups_of_it
    users_of_it = v2("graph_activeDirectoryTraverseUser", activedirectory_id=made.id)
    assert sorted(each.id for each in users_of_it) == [ADA, GRACE], users_of_it

    unbind = {"op": "remove", "type": "active_directory", "id": made.id}
    v2("graph_userAssociationsPost", user_id=ADA, body=unbind)
    assert v2("graph_userAssociationsList", user_id=ADA, targets="active_directory") == []
    gone = v2("activedirectories_delete", id=made.id)
    assert gone.id == made.id, gone
    assert [each.id for each in v2("activedirectories_list")] == [DIRECTORY]


def translation_rules(v2):
    """How fields are translated between JumpCloud and an Active Directory object."""
    rule = {"source": "company", "destination": "company", "direction": "EXPORT"}
    before = v2("translationRules_list", activedirectory_id=DIRECTORY, limit=100).rules or []
    v2("translationRules_create", activedirectory_id=DIRECTORY, body=rule)
    listed = v2("translationRules_list", activedirectory_id=DIRECTORY, limit=100).rules
    made = [each for each in listed if each.objectId not in [old.objectId for old in before]]
    assert [(each.source, each.direction) for each in made] == [("company", "EXPORT")], made
    rule_id = {"activedirectory_id": DIRECTORY, "translation_rule_object_id": made[0].objectId}
    constant = {"source": "ACME", "destination": "company", "sourceType": "CONSTANT", "appliedOn": ["UPDATE"]}
    changed = v2("translationRules_update", body=constant, **rule_id)
    assert (changed.objectId, changed.source, changed.appliedOn) == (made[0].objectId, "ACME", ["UPDATE"]), changed
    preview = {"translationRules": [constant], "userObjectId": ADA, "activeDirectoryId": DIRECTORY}
    preview = v2("translationRules_preview", body=preview)
    assert json.loads(preview.sourceUser)["username"] == "ada.lovelace", preview
    assert json.loads(preview.destinationUser)["company"] == "ACME", preview
    more = {"insertTranslationRules": [{"source": "department", "destination": "department", "direction": "EXPORT"}]}
    inserted = v2("translationRules_bulk", activedirectory_id=DIRECTORY, body=more).insertedTranslationRules
    assert [each.source for each in inserted] == ["department"], inserted
    v2("translationRules_delete", **rule_id)
    left = [each.objectId for each in v2("translationRules_list", activedirectory_id=DIRECTORY, limit=100).rules]
    assert inserted[0].objectId in left and made[0].objectId not in left, left
    assert v2("translationRules_recommendation", provider_name="activedirectory").rules is not None


def many_users(v1, v2):
    """Jobs that create and change users, and planned changes of their states."""
    new = [{"username": f"bulk{n}", "email": f"bulk{n}@example.com", "state": "STAGED"} for n in range(12)]
    job = v2("bulk_usersCreate", body=[*new, new[0]]).jobId
    results = all_pages(v2, "bulk_usersCreateResults", 5, job_id=job)
    assert [each.status for each in results] == ["Finished"] * 12 + ["Failed"], results
    bulk = {"searchFilter": {"searchTerm": "bulk", "fields": ["username"]}, "limit": 100}
    found = v1("search_systemusers_post", body=bulk)
    ids = sorted(each["_id"] for each in found.results)
    assert len(ids) == 12, found
    job = v2("bulk_usersUpdate", body=[{"id": each, "department": "Bulk"} for each in ids]).jobId
    results = v2("bulk_usersCreateResults", job_id=job, limit=100)
    assert [each.persistedFields["department"] for each in results] == ["Bulk"] * 12, results

    start = datetime.now(timezone.utc) + timedelta(days=7)
    planned = v2(
        "bulk_userStatesCreate",
        body={"user_ids": ids[:3], "state": "ACTIVATED", "start_date": start, "send_activation_emails": False},
    )
    assert [each.systemUserId for each in planned] == ids[:3], planned
    assert len(all_pages(v2, "bulk_userStatesList", 2)) == 4
    v2("bulk_userStatesDelete", id=planned[0].scheduledJobId)
    left = v2("bulk_userStatesList", userid=ids[1])
    assert [each.scheduledJobId for each in left] == [planned[1].scheduledJobId], left
    assert v2("bulk_userStatesList", userid=ids[0]) == []
    for each in ids:
        v1("systemusers_delete", id=each)


def main():
    url, key = sys.argv[1:]
    v1, v2 = Api("v1", url, key), Api("v2", url, key)
    for unknown in [None, "another-key"]:
        refused(HTTPUnauthorized, Api("v1", url, unknown), "systemusers_list")
        refused(HTTPUnauthorized, Api("v2", url, unknown), "groups_user_list")
    organizations(v1)
    crowd(v2)
    users(v1)
    groups(v1, v2)
    traversals(v2)
    directories(v2)
    translation_rules(v2)
    many_users(v1, v2)
    for api in [v1, v2]:
        assert api.called == set(api.operations), set(api.operations) - api.called
    print(
        f"bravado: {v1.calls + v2.calls} calls of all {len(v1.operations)} operations of v1"
        f" and all {len(v2.operations)} of v2, every answer valid"
    )


main()
