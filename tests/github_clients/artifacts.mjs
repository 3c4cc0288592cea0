// What actions do with artifacts, by GitHub's own client: node artifacts.mjs FOLDER; says what it saw as JSON.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DefaultArtifactClient } from "@actions/artifact";
import { getIDToken } from "@actions/core";

const folder = process.argv[2];
const client = new DefaultArtifactClient();
const words = (error) => String(error.message ?? error);

const site = await client.uploadArtifact("site", [join(folder, "a.txt"), join(folder, "in", "b.txt")], folder);
const page = await client.uploadArtifact("ignored", [join(folder, "page.html")], folder, { skipArchive: true });
const again = await client.uploadArtifact("site", [join(folder, "a.txt")], folder).catch(words);
const colon = await client.uploadArtifact("a:b", [join(folder, "a.txt")], folder).catch(words);
const { artifacts } = await client.listArtifacts();
const found = await client.getArtifact("site");
await client.downloadArtifact(found.artifact.id, { path: join(folder, "site"), expectedHash: found.artifact.digest });
await client.downloadArtifact(page.id, { path: join(folder, "page") });
const gone = await client.deleteArtifact("site");
const left = await client.listArtifacts();
const missing = await client.getArtifact("site").catch(words);
const identity = await getIDToken("an-audience").catch(words);

console.log(
  JSON.stringify({
    site,
    page,
    again,
    colon,
    listed: artifacts.map(({ name, size, digest }) => ({ name, size, digest })),
    downloaded: [readFileSync(join(folder, "site", "in", "b.txt"), "utf8"), readFileSync(join(folder, "page", "page.html"), "utf8")],
    gone: gone.id === site.id,
    left: left.artifacts.map(({ name }) => name),
    missing,
    identity,
  }),
);
