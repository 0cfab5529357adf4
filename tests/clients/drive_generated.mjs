// Drives a sandbox with the clients that swagger-typescript-api generates from JumpCloud's own documents.
//
//     node drive_generated.mjs NODE URL KEY
//
// NODE is the folder in which `npm ci` was run; the clients are generated there. The last line says how many calls of how
// many operations there were. Anything that is not as it should be ends it with an exception.

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [folder, url, key] = process.argv.slice(2);
const documents = fileURLToPath(new URL("../openapi", import.meta.url));
const generated = path.resolve(folder, "generated");

// What organization.json holds.
const ADA = "64a0c0de0000000000000001";
const GRACE = "64a0c0de0000000000000002";
const ENGINES = "64b0c0de0000000000000001";
const DIRECTORY = "64c0c0de0000000000000001";

let calls = 0;
const called = new Set();

async function api(name, base, apiKey) {
  const { Api } = await import(pathToFileURL(path.join(generated, `${name}.js`)));
  return new Api({
    baseUrl: new URL(base, url).href,
    securityWorker: () => ({ headers: { "x-api-key": apiKey } }),
  });
}

async function generate() {
  const require = createRequire(path.resolve(folder, "package.json"));
  const { generateApi } = await import(pathToFileURL(require.resolve("swagger-typescript-api")));
  await mkdir(generated, { recursive: true });
  await writeFile(path.join(generated, "package.json"), '{ "type": "module" }\n');
  for (const name of ["v1", "v2"]) {
    await generateApi({
      input: path.join(documents, `${name}.json`),
      output: generated,
      fileName: `${name}.js`,
      toJS: true,
      silent: true,
    });
  }
}

/** The answer of an operation, where it was carried out. */
async function call(resource, operation, ...parameters) {
  calls += 1;
  called.add(operation);
  const response = await resource[operation](...parameters);
  assert.equal(response.error, null, `${operation}: ${response.error}`);
  return response.data;
}

/** Asks for what must be refused. */
async function refused(status, resource, operation, ...parameters) {
  calls += 1;
  called.add(operation);
  const refusal = await resource[operation](...parameters).then(
    () => assert.fail(`${operation} was not refused`),
    (response) => response,
  );
  assert.equal(refusal.status, status, `${operation}: ${refusal.status ?? refusal}`);
  // An operation that answers with nothing leaves it to its caller to read why it was refused.
  const { message } = refusal.error ?? (await refusal.json());
  assert.equal(typeof message, "string", operation);
}

/** Every row of a list, read until a page is not full. */
async function pages(limit, page) {
  const rows = [];
  for (;;) {
    const some = await page({ limit, skip: rows.length });
    assert.ok(some.length <= limit);
    rows.push(...some);
    if (some.length < limit) return rows;
  }
}

async function users(v1) {
  const names = async () => {
    const rows = await pages(2, async (page) => {
      const { results } = await call(v1.systemusers, "systemusersList", { sort: "username", ...page });
      return results;
    });
    return rows.map((user) => user.username);
  };
  const before = ["ada.lovelace", "alan.turing", "emmy.noether", "grace.hopper", "kurt.goedel"];
  assert.deepEqual(await names(), before);

  const ida = { username: "ida.rhodes", email: "ida.rhodes@example.com", attributes: [{ name: "a", value: "b" }] };
  const made = await call(v1.systemusers, "systemusersPost", ida);
  assert.equal(made.attributes[0].value, "b");
  await refused(400, v1.systemusers, "systemusersPost", ida);
  const change = { lastname: "Rhodes", department: "Mathematics & more", manager: ADA };
  const changed = await call(v1.systemusers, "systemusersPut", made._id, change);
  assert.deepEqual([changed.lastname, changed.username], ["Rhodes", "ida.rhodes"]);
  const read = await call(v1.systemusers, "systemusersGet", made._id, { fields: "department manager" });
  assert.deepEqual([read.department, read.manager, read.email], ["Mathematics & more", ADA, undefined]);
  const found = await call(v1.systemusers, "systemusersList", { filter: ["department:$eq:Mathematics & more"] });
  assert.deepEqual([found.totalCount, found.results[0]._id], [1, made._id]);
  const search = { searchFilter: { searchTerm: "RHODES", fields: ["email", "lastname"] } };
  const searched = await call(v1.search, "searchSystemusersPost", search);
  assert.deepEqual(searched.results.map((user) => user._id), [made._id]);

  const sshKey = { name: "desk", public_key: "ssh-ed25519 AAAA ida" };
  const { _id } = await call(v1.systemusers, "sshkeyPost", made._id, sshKey);
  assert.equal((await call(v1.systemusers, "sshkeyList", made._id)).length, 1);
  await call(v1.systemusers, "sshkeyDelete", made._id, _id);
  assert.deepEqual(await call(v1.systemusers, "sshkeyList", made._id), []);

  assert.equal((await call(v1.systemusers, "systemusersDelete", made._id))._id, made._id);
  await refused(404, v1.systemusers, "systemusersGet", made._id);
  assert.deepEqual(await names(), before);
}

async function groups(v2) {
  const group = await call(v2.usergroups, "groupsUserPost", { name: "Analysts / all" });
  assert.equal(group.type, "user_group");
  await refused(409, v2.usergroups, "groupsUserPost", { name: "Analysts / all" });
  await call(v2.usergroups, "groupsUserPut", group.id, { name: "Analysts", description: "Those who ask" });
  const read = await call(v2.usergroups, "groupsUserGet", group.id);
  assert.deepEqual([read.name, read.description], ["Analysts", "Those who ask"]);
  const names = await pages(1, (page) => call(v2.usergroups, "groupsUserList", { sort: ["name"], ...page }));
  assert.deepEqual(names.map((each) => each.name), ["Analysts", "Engines", "Everybody in London", "Nobody"]);

  const member = (op, id) => ({ op, type: "user", id });
  const change = (body) => call(v2.usergroups, "graphUserGroupMembersPost", group.id, body);
  for (const id of [ADA, GRACE]) await change(member("add", id));
  await refused(409, v2.usergroups, "graphUserGroupMembersPost", group.id, member("add", ADA));
  const members = await call(v2.usergroups, "graphUserGroupMembersList", group.id, { limit: 100 });
  assert.deepEqual(members.map((each) => each.to.id).sort(), [ADA, GRACE]);
  const groupsOfAda = await call(v2.users, "graphUserMemberOf", ADA, {});
  assert.deepEqual(groupsOfAda.map((each) => each.id).sort(), [ENGINES, group.id].sort());

  const bind = { type: "active_directory", id: DIRECTORY };
  const targets = { targets: ["active_directory"] };
  await call(v2.usergroups, "graphUserGroupAssociationsPost", group.id, { op: "add", ...bind });
  const bound = await call(v2.usergroups, "graphUserGroupAssociationsList", group.id, targets);
  assert.deepEqual(bound.map((each) => each.to.id), [DIRECTORY]);
  const inherited = await call(v2.users, "graphUserTraverseActiveDirectory", ADA, {});
  assert.deepEqual(inherited.map((each) => [each.id, each.paths.length]), [[DIRECTORY, 2]]);
  await call(v2.usergroups, "graphUserGroupAssociationsPost", group.id, { op: "remove", ...bind });
  assert.deepEqual(await call(v2.usergroups, "graphUserGroupAssociationsList", group.id, targets), []);

  await change(member("remove", ADA));
  await refused(404, v2.usergroups, "graphUserGroupMembersPost", group.id, member("remove", ADA));
  await call(v2.usergroups, "groupsUserDelete", group.id);
  await refused(404, v2.usergroups, "groupsUserGet", group.id);
}

async function directories(v2) {
  const [first] = await call(v2.activedirectories, "activedirectoriesList", {});
  assert.deepEqual([first.id, first.domain], [DIRECTORY, "DC=corp;DC=example;DC=com"]);
  const made = await call(v2.activedirectories, "activedirectoriesPost", { domain: "DC=lab;DC=example;DC=com" });
  await call(v2.users, "graphUserAssociationsPost", GRACE, { op: "add", type: "active_directory", id: made.id });
  const of = await call(v2.activedirectories, "graphActiveDirectoryTraverseUser", made.id, {});
  assert.deepEqual(of.map((each) => [each.id, each.type]), [[GRACE, "user"]]);
  await call(v2.activedirectories, "activedirectoriesDelete", made.id);
  await refused(404, v2.activedirectories, "activedirectoriesGet", made.id);
}

await generate();
const v1 = await api("v1", "/api", key);
const v2 = await api("v2", "/api/v2", key);
const strange = await api("v2", "/api/v2", "another-key");
await refused(401, strange.usergroups, "groupsUserList", {});
await users(v1);
await groups(v2);
await directories(v2);
console.log(`swagger-typescript-api: ${calls} calls of ${called.size} operations answered`);
