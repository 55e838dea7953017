/* The one way data reach a page: a long poll for ever. One request in flight, the newest answer wins, errors back off
   with jitter, a new release reloads the page once and only when the server answers. Nobody stands beside a wall. */
(() => {
  const lk = (window.lightkeeper ??= {});
  const LOST_MS = 5000; // without an answer after the first failure
  const GRACE_MS = 5000; // an answer may be this late
  const MOST_MS = 30000; // between two tries
  const view = lk.page.view;
  const wait = lk.page.wait_s ?? 15;

  const parts = (lk.parts = {});
  const listeners = [];
  let origin = null; // site time (ms) at `originAt` of the browser's steady clock
  let originAt = 0;
  let failingSince = null;
  let heldAt = null; // site time at which the picture stopped
  let reloading = false;
  lk.lost = null;
  lk.answers = 0;

  /** The site's time in ms, from the server; stands still while the connection is lost; null before the first answer. */
  lk.now = () => (origin === null ? null : (heldAt ?? origin + performance.now() - originAt));

  /** Calls fn(body) with part `name` now, if it is there, and at each change. "*" hears each answer. */
  lk.subscribe = (name, fn) => {
    listeners.push([name, fn]);
    if (parts[name]) fn(parts[name]);
  };

  const tell = (changed) => {
    for (const [name, fn] of listeners) {
      try {
        if (name === "*") fn(changed);
        else if (changed.includes(name)) fn(parts[name]);
      } catch (error) {
        console.error(`lightkeeper: part ${name} could not be drawn`, error);
      }
    }
  };

  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

  /** One question; after a failure it does not wait, so that the page learns at once that the server is back. */
  const ask = async (patience) => {
    const have = Object.entries(parts).map(([name, part]) => `${name}:${part.version}`).join(",");
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), patience * 1000 + GRACE_MS);
    try {
      const url = `/api/live?view=${encodeURIComponent(view)}&have=${encodeURIComponent(have)}&wait=${patience}`;
      const reply = await fetch(url, { signal: stop.signal, cache: "no-store" });
      if (!reply.ok) throw new Error(`status ${reply.status}`);
      const answer = await reply.json();
      return [answer, Number(reply.headers.get("lightkeeper-now")) || answer.now];
    } finally {
      clearTimeout(timer);
    }
  };

  /** Reloads for `release`, once, and only after the page itself was seen to answer: an error page would stay for ever. */
  const renew = async (release) => {
    if (reloading || sessionStorage.getItem("lightkeeper-release") === release) return;
    reloading = true;
    try {
      const reply = await fetch(location.href, { cache: "no-store" });
      if (reply.ok) {
        sessionStorage.setItem("lightkeeper-release", release);
        location.reload();
      }
    } finally {
      reloading = false;
    }
  };

  const took = (answer, now) => {
    lk.answers += 1;
    failingSince = heldAt = lk.lost = null;
    if (now) [origin, originAt] = [now, performance.now()];
    Object.assign(parts, answer.parts);
    tell(Object.keys(answer.parts));
    if (answer.release !== lk.page.release) renew(answer.release).catch(() => undefined);
  };

  /** Tells the page that the connection is lost once the failure lasts. */
  lk.checkLost = () => {
    if (failingSince === null || lk.lost !== null || performance.now() - failingSince < LOST_MS) return;
    lk.lost = { since: origin === null ? null : origin + failingSince - originAt, at: failingSince };
    heldAt = lk.lost.since;
    tell([]);
  };

  const forever = async () => {
    for (let failures = 0; ; ) {
      const began = performance.now();
      const patience = failures ? 0 : wait;
      try {
        const [answer, now] = await ask(patience);
        failures = 0;
        took(answer, now);
        const none = Object.keys(answer.parts).length === 0;
        if (none && patience && performance.now() - began < 500) await sleep(1000); // a server that does not wait is not hammered
      } catch {
        // The whole wait went by without a word: the silence began when the last answer came, not now.
        failingSince ??= performance.now() - began > patience * 1000 + GRACE_MS / 2 ? began : performance.now();
        failures += 1;
        lk.checkLost();
        await sleep(Math.min(MOST_MS, 250 * 2 ** (failures - 1)) * (0.5 + Math.random() / 2));
      }
    }
  };

  if (view) forever();
  window.addEventListener("online", () => lk.checkLost());
})();
