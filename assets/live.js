/* The one way data reach a page: a long poll for ever. One request in flight, the newest answer wins, errors back off
   with jitter. The page is loaded anew for a new release or after it was refused, once, and only when the page itself
   was seen to answer: an error page would stay for ever. Nobody stands beside a wall. Time is the server's: the
   browser's own clock is only looked at for jumps, which tell of a sleep through which the steady clock stood still. */
(() => {
  const lk = (window.lightkeeper ??= {});
  const LOST_MS = 5000; // without an answer after the first failure
  const GRACE_MS = 5000; // an answer may be this late
  const MOST_MS = 30000; // between two tries
  const RENEW_MS = 60000; // between two reloads for a release: two nodes of different release must not rock a page
  const JUMP_MS = 3000; // between the two clocks within a second: the machine slept
  const wait = lk.page.wait_s ?? 15;

  const parts = (lk.parts = {});
  const listeners = [];
  let origin = null; // site time (ms) at `originAt` of the browser's steady clock
  let originAt = 0;
  let failingSince = null;
  let heldAt = null; // site time at which the picture stopped
  let hurried = false; // ask at once, without waiting for a tick
  let hurry = () => undefined; // ends what is being waited for
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

  const sleep = (ms) =>
    new Promise((done) => {
      setTimeout(done, ms);
      hurry = done;
    });

  /** The parts that the page shows: what its frame and its <main> name; null for all. */
  const shown = () => {
    if (!lk.page.parts) return null;
    const asking = document.querySelector("main[data-answer]")?.dataset.answer;
    return [...lk.page.parts, ...((asking && JSON.parse(asking).live) ?? [])].join(",");
  };
  let asked = null; // the parts of the question that is on its way

  const address = (patience) => {
    const have = Object.entries(parts).map(([name, part]) => `${name}:${part.version}`).join(",");
    const words = new URLSearchParams({ view: lk.page.view, have, wait: patience });
    asked = shown();
    if (asked) words.set("parts", asked);
    return `/api/live?${words}`;
  };

  /** The server answered, and would not: the session ended, or what this page asks for is no longer there. */
  class Refused extends Error {}

  /** One question. Errors: Refused; others when there was no answer in time, or one that is not the server's. */
  const ask = async (patience) => {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), patience * 1000 + GRACE_MS);
    hurry = () => stop.abort();
    try {
      const reply = await fetch(address(patience), { signal: stop.signal, cache: "no-store" });
      lk.status = reply.status;
      if (reply.redirected || (reply.status >= 400 && reply.status < 500)) throw new Refused(`status ${reply.status}`);
      if (!reply.ok) throw new Error(`status ${reply.status}`);
      const answer = await reply.json();
      if (!answer.parts) throw new Error("not an answer");
      return [answer, Number(reply.headers.get("lightkeeper-now")) || answer.now];
    } finally {
      clearTimeout(timer);
    }
  };

  /** The release of the page that this address has now; null when something else answers, a sign-in page for example. */
  const releaseThere = (lk.releaseThere = async () => {
    const reply = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(GRACE_MS * 2) });
    if (!reply.ok || reply.redirected) return null;
    const there = new DOMParser().parseFromString(await reply.text(), "text/html").getElementById("lightkeeper-page");
    return there ? JSON.parse(there.textContent).release : null;
  });

  /** Whether somebody is writing on a page of the desk: it is not taken away under the hand; the next answer tries again. */
  const isWriting = () =>
    lk.page.kind === "desk" &&
    [...document.querySelectorAll("main :is(input, textarea)")].some((f) => f === document.activeElement || (f.localName === "textarea" && f.value));

  /** Loads the page anew where `wanted` likes what is there. `note`: what keeps it from happening again and again. */
  const renew = async (wanted, note) => {
    if (reloading || isWriting()) return;
    reloading = true;
    try {
      const release = await releaseThere();
      if (release !== null && wanted(release)) {
        sessionStorage.setItem(...note);
        location.reload();
        return; // the document ends: nothing else may begin
      }
    } catch {
      // It does not answer: the next answer of the live route, or the next refusal, tries again.
    }
    reloading = false;
  };

  const renewed = () => Number(sessionStorage.getItem("lightkeeper-renewed"));
  /** For a new release: where the page is of that release too, and not sooner than a minute after the last time. */
  const follow = (release, now) => {
    if (release === lk.page.release || (now >= renewed() && now - renewed() < RENEW_MS)) return;
    renew((there) => there !== lk.page.release, ["lightkeeper-renewed", String(now)]);
  };

  /** After a refusal: once, until answers come again. Asking for the page may itself have renewed the session. */
  const comeBack = () => {
    if (sessionStorage.getItem("lightkeeper-refused")) return;
    renew(() => true, ["lightkeeper-refused", "1"]);
  };

  const took = (answer, now) => {
    lk.answers += 1;
    failingSince = heldAt = lk.lost = null;
    if (now) [origin, originAt] = [now, performance.now()];
    Object.assign(parts, answer.parts);
    sessionStorage.removeItem("lightkeeper-refused");
    tell(Object.keys(answer.parts));
    follow(answer.release, now ?? 0);
  };

  /** Tells the page that the connection is lost once the failure lasts. */
  lk.checkLost = () => {
    if (failingSince === null || lk.lost !== null || performance.now() - failingSince < LOST_MS) return;
    lk.lost = { since: origin === null ? null : origin + failingSince - originAt, at: failingSince };
    heldAt = lk.lost.since;
    tell([]);
  };

  const failed = (error, began, patience) => {
    // The whole wait went by without a word: the silence began when the last answer came, not now.
    failingSince ??= performance.now() - began > patience * 1000 + GRACE_MS / 2 ? began : performance.now();
    lk.checkLost();
    if (error instanceof Refused) comeBack();
  };

  const forever = async () => {
    for (let failures = 0; ; ) {
      const began = performance.now();
      const patience = failures || hurried ? 0 : wait; // so that the page learns at once that the server is back
      hurried = false;
      try {
        const [answer, now] = await ask(patience);
        failures = 0;
        took(answer, now);
        const none = Object.keys(answer.parts).length === 0;
        if (none && patience && performance.now() - began < 500) await sleep(1000); // a server that does not wait is not hammered
      } catch (error) {
        if (hurried) continue; // given up on purpose
        failures += 1;
        failed(error, began, patience);
        await sleep(Math.min(MOST_MS, 250 * 2 ** Math.min(failures - 1, 9)) * (0.5 + Math.random() / 2));
      }
    }
  };

  /** The network or the screen is back, or the machine woke: a question asked before may never be answered. */
  const atOnce = () => {
    hurried = true;
    hurry();
  };

  let apart = null; // of the browser's clock and its steady clock, which a sleeping machine stops
  const watchSleep = () => {
    const before = apart;
    apart = Date.now() - performance.now();
    if (before === null || Math.abs(apart - before) < JUMP_MS) return;
    failingSince ??= performance.now() - LOST_MS + 1000; // nobody knows how long it slept: a second for the answer
    atOnce();
  };

  if (!lk.page.view) return;
  forever();
  setInterval(watchSleep, 1000);
  window.addEventListener("online", atOnce);
  document.addEventListener("lightkeeper-address", () => asked !== null && shown() !== asked && atOnce()); // another page
  window.addEventListener("pageshow", (event) => event.persisted && atOnce());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && atOnce());
})();
