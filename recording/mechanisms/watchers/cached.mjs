// cached.mjs MODULES LIBRARY MEAN_S SEED URL LIFETIME_S: as cached.py does, with Node and a cache of names from npm (cacheable-lookup and
// lookup-dns-cache keep a name for its TTL, dnscache for LIFETIME_S).
import http from "node:http";
import dns from "node:dns";
import { createRequire } from "node:module";

const [modules, library, mean, seed, url, lifetime] = process.argv.slice(2);
const require = createRequire(modules + "/");
let state = [...seed].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7);
const random = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) + 1) / 4294967297;
let options;
if (library === "cacheable-lookup") {
  const { default: CacheableLookup } = await import(modules + "/node_modules/cacheable-lookup/source/index.js");
  options = { lookup: new CacheableLookup().lookup };
} else if (library === "lookup-dns-cache") {
  options = { lookup: require("lookup-dns-cache").lookup };
} else {
  require("dnscache")({ enable: true, ttl: Number(lifetime), cachesize: 100 });
  options = { lookup: (name, how, done) => dns.lookup(name, how.family ?? 0, done), autoSelectFamily: false };
}
const again = () => setTimeout(get, -Math.log(random()) * Number(mean) * 1000);
function get() {
  let over = false;
  const next = () => { if (!over) { over = true; again(); } };
  const asked = http.get(url, { agent: false, headers: { connection: "close" }, family: 4, ...options }, (answer) => answer.resume().on("close", next));
  asked.on("error", (error) => { console.log(Date.now(), error.message); next(); });
}
get();
