// Compares abi/AtomicRoute.json with what forge built; with --write makes it that.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(fileURLToPath(import.meta.url));
const committed = join(root, "../abi/AtomicRoute.json");
const { abi, bytecode, deployedBytecode } = JSON.parse(readFileSync(join(root, "out/AtomicRoute.sol/AtomicRoute.json"), "utf8"));
const artifact = {
  source: "AtomicRoute.sol",
  abi,
  bytecode: bytecode.object,
  // Immutables are zero in it.
  deployedBytecode: deployedBytecode.object,
};
const text = `${JSON.stringify(artifact, null, 1)}\n`;
if (process.argv.includes("--write")) {
  writeFileSync(committed, text);
} else if (readFileSync(committed, "utf8") !== text) {
  console.error("abi/AtomicRoute.json is not what contracts/src compiles to: run scripts/contracts --write");
  process.exitCode = 1;
}
