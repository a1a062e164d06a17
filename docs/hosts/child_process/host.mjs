// @ts-check
// A host in JavaScript or TypeScript that asks a child process; the types stand in comments.
//
//   node host.mjs policy.json < customers.jsonl
//
// reads one customer a line and prints the outcome and the reason of each.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

/** @typedef {{customer: string, outcome: string, rule: string | null, reason: string,
 *             settled: boolean, missing: string[], version: string}} Decision */

export class Deciding {
  /** @param {string} policy @param {string[]} command */
  constructor(policy, command = ["relmkt"]) {
    const [program, ...rest] = command;
    this.child = spawn(program, [...rest, "decide", policy], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    /** @type {{resolve: (found: Decision) => void, reject: (why: unknown) => void}[]} */
    this.waiting = [];
    /** @type {Error | null} why nothing can be asked any more */
    this.gone = null;
    createInterface({ input: this.child.stdout }).on("line", (line) => {
      const asked = this.waiting.shift();
      try {
        const answer = JSON.parse(line);
        if (answer.error) throw new Error(answer.error.message);
        asked?.resolve(answer);
      } catch (error) {
        asked?.reject(error);
      }
    });
    this.child.stdin.on("error", () => {}); // told by "close"
    /** @type {Promise<number | null>} */
    this.ended = new Promise((resolve) => {
      this.child.on("error", (error) => {
        this.#end(`the command cannot be started: ${error.message}`);
        resolve(null);
      });
      this.child.on("close", (code, signal) => {
        this.#end(`the command ended with ${code ?? signal}`);
        resolve(code);
      });
    });
  }

  /** @param {string} why */
  #end(why) {
    this.gone ??= new Error(why);
    for (const asked of this.waiting.splice(0)) asked.reject(this.gone);
  }

  /** Answers come in the order of the questions, so several may be under way.
   * @param {object} facts what is known of one customer; leave out what is not
   * @returns {Promise<Decision>} */
  ask(facts) {
    return new Promise((resolve, reject) => {
      if (this.gone) return reject(this.gone);
      this.waiting.push({ resolve, reject });
      this.child.stdin.write(JSON.stringify(facts) + "\n");
    });
  }

  /** Close its input: the command answers what it has, and ends. */
  close() {
    this.child.stdin.end();
    return this.ended;
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const command = process.env.RELMKT?.split("\n") ?? ["relmkt"];
  const deciding = new Deciding(process.argv[2], command);
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      const { customer, outcome, reason } = await deciding.ask(JSON.parse(line));
      console.log(`${customer}: ${outcome}: ${reason}`);
    } catch (error) {
      if (deciding.gone) break; // it has ended before its input did
      console.log(`not decided: ${error instanceof Error ? error.message : error}`);
    }
  }
  const broken = deciding.gone;
  const code = await deciding.close();
  if (broken || (code !== 0 && code !== 1)) { // 1: some lines were refused
    console.error(deciding.gone?.message);
    process.exitCode = 1;
  }
}
