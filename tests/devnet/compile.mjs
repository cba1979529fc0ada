// Compiles contracts/*.sol into artifacts/<Contract>.json. Does nothing when
// the sources, the settings and the compiler are those of the last run.
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const out = join(root, "artifacts");
const stamp = join(out, "sources.sha256");

const sources = {};
for (const file of readdirSync(join(root, "contracts")).filter((name) => name.endsWith(".sol")).sort()) {
  sources[file] = { content: readFileSync(join(root, "contracts", file), "utf8") };
}
const input = {
  language: "Solidity",
  sources,
  settings: {
    optimizer: { enabled: true, runs: 200 },
    evmVersion: "paris",
    // Without the metadata hash the bytecode depends on the code alone.
    metadata: { bytecodeHash: "none" },
    outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } },
  },
};
const text = JSON.stringify(input);
const compiler = require("solc/package.json").version;
const hash = createHash("sha256").update(compiler).update(text).digest("hex");
if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) process.exit(0);

const solc = require("solc");
const { errors = [], contracts = {} } = JSON.parse(solc.compile(text));
for (const error of errors) console.error(error.formattedMessage);
if (errors.some((error) => error.severity === "error")) process.exit(1);

// Written beside and then renamed, so that a reader never sees half of it.
const fresh = `${out}.${process.pid}`;
mkdirSync(fresh, { recursive: true });
for (const [file, named] of Object.entries(contracts)) {
  for (const [name, { abi, evm }] of Object.entries(named)) {
    if (evm.bytecode.object === "") continue;
    const artifact = {
      source: file,
      abi,
      bytecode: `0x${evm.bytecode.object}`,
      deployedBytecode: `0x${evm.deployedBytecode.object}`,
    };
    writeFileSync(join(fresh, `${name}.json`), JSON.stringify(artifact));
  }
}
writeFileSync(join(fresh, "sources.sha256"), hash);
rmSync(out, { recursive: true, force: true });
renameSync(fresh, out);
console.log(`compiled ${Object.keys(sources).length} files with solc ${compiler}`);
