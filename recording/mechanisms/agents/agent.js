// agent.js PERIOD_S JITTER FORM URL SEED: asks by node's own http or https client, sleeps, and so on. FORM: see agent.py. (node's generator takes no seed.)
const [period, jitter, form, url] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4], process.argv[5]];
process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
process.removeAllListeners("warning");
const client = require(url.startsWith("https") ? "https" : "http");

function ask(body) {
  return new Promise((done) => {
    const request = client.request(url, { method: body ? "POST" : "GET", timeout: 20000, headers: body ? { "Content-Length": body.length } : {} }, (answer) => {
      let text = "";
      answer.on("data", (part) => (text += part));
      answer.on("end", () => done(text));
    });
    request.on("timeout", () => request.destroy());
    request.on("error", (error) => { console.log(error.message); done(""); });
    request.end(body);
  });
}

async function turn() {
  const task = /^send (\d+)/.exec(await ask());
  if (task) await ask("x".repeat(Number(task[1])));
  const low = period * (1 - jitter), high = form === "around" ? period * (1 + jitter) : period;
  setTimeout(turn, 1000 * (low + Math.random() * (high - low)));
}
turn();
