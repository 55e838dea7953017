/* The address of a browser page and what is asked with it. A page whose <main> names a question (data-answer) is filled
   here: asked when the address changes and at each beat, without Dash, which would ask all its components at each step.
   Pages that callbacks fill follow Dash's own Location. */
(() => {
  if (document.documentElement.dataset.kind !== "desk") return;
  const lk = (window.lightkeeper ??= {}); // its other files may load after this one
  const LONGEST = 30000; // ms between two tries
  const main = () => document.querySelector("main[data-answer]");

  // ---- address -----------------------------------------------------------------------------------------------------
  let told = null; // what all that follows the address was told last
  const tell = () => {
    if (told === location.href) return;
    told = location.href;
    document.dispatchEvent(new Event("lightkeeper-address"));
  };
  /** Moves the page to another query of the same path. */
  lk.go = (search) => {
    if (search === location.search) return;
    history.pushState({}, "", `${location.pathname}${search}`);
    if (main()) tell();
    else window.dispatchEvent(new CustomEvent("_dashprivate_pushstate")); // as dcc.Link does; Dash has no public way
  };
  for (const kind of ["popstate", "_dashprivate_pushstate"]) window.addEventListener(kind, tell);

  // ---- questions -----------------------------------------------------------------------------------------------------
  /** Asks `address()` until it is answered; an answer to anything but the last question is thrown away. `failed` is
      told at each vain try. */
  lk.question = (address, show, failed = () => {}) => {
    let flying = null;
    let waiting = 0; // timer of the next try
    let wait = 0;
    const drop = () => {
      clearTimeout(waiting);
      waiting = 0;
      flying?.abort();
      flying = null;
    };
    const ask = async () => {
      drop();
      const path = address();
      if (!path) return;
      const mine = (flying = new AbortController());
      let answer = null;
      try {
        answer = await (lk.early?.(path) ?? lk.answer(path, mine.signal)); // early: asked while the scripts loaded
      } catch {
        if (flying !== mine) return;
        flying = null;
        wait = Math.min(LONGEST, wait * 2 || 1000);
        waiting = setTimeout(ask, wait * (0.5 + Math.random()));
        failed();
        return;
      }
      if (flying !== mine) return;
      flying = null;
      wait = 0;
      show(answer);
    };
    const isPending = () => Boolean(flying || waiting); // asked and not answered, be it between two tries
    return { ask, again: () => (isPending() ? undefined : ask()), drop, isPending };
  };
  lk.answer = async (path, signal) => {
    const response = await fetch(path, { signal });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return response.json();
  };

  // ---- what the page asks: first its own question, then part by part ---------------------------------------------------
  lk.pages ??= {}; // by path of an answer: words(why) -> what is asked beside the address; asked(why); shown(answer, why)
  const asking = () => JSON.parse(main().dataset.answer); // dashboard/answers.py
  const hooks = (path) => lk.pages[path] ?? {};
  /** What an answer follows: the address without what only opens or looks at something. */
  const keyOf = ({ path, opens }) => {
    const asked = new URLSearchParams(location.search);
    for (const word of opens) asked.delete(word);
    asked.sort();
    return `${path}?${asked}`;
  };
  /** The filter of the page; null where none follows its address this way. */
  lk.key = () => (main() ? keyOf(asking()) : null);
  let why = "address"; // or page (it begins), or beat
  let filled = ""; // the filter that the page shows or asks for
  let place = null; // the <main> it was asked for
  let path = ""; // and its path
  const words = (of) => ({ _at: location.pathname, _units: lk.unitsKnown?.() ?? "", ...hooks(of).words?.(why) });
  const put = (answer) => {
    document.getElementById("failed")?.remove();
    for (const [id, text] of Object.entries(answer.html)) lk.put(id, text);
    document.dispatchEvent(new CustomEvent("lightkeeper-answer", { detail: answer }));
  };
  const failed = () => {
    const here = main();
    if (!here || document.getElementById("failed")) return;
    const said = Object.assign(document.createElement("div"), { id: "failed", className: "notice", role: "alert" });
    said.append(lk.t("The server did not answer. It is asked again."));
    here.prepend(said);
  };

  const known = new Map(); // path of a part -> what it shows
  let next = null; // the part that is asked now
  const missing = () => {
    const open = ({ fold }) => !fold || document.getElementById(fold)?.open;
    return main() ? asking().parts.find((part) => open(part) && known.get(part.path) !== keyOf(part)) : undefined;
  };
  const rest = lk.question(
    () => {
      const part = missing();
      next = part && [part.path, keyOf(part)];
      return part ? lk.addressOf(part.path, words(part.path)) : null;
    },
    (answer) => {
      if (!main()) return;
      const part = asking().parts.find((one) => one.path === next[0]);
      if (part && keyOf(part) === next[1]) {
        known.set(...next);
        hooks(next[0]).shown?.(answer, why);
        put(answer);
      } // else it is of an address that was left since
      settle();
    },
    failed,
  );
  /** Asks for what is missing; when nothing is, what the page shows is of its address. */
  const settle = () => {
    if (page.isPending()) return; // it settles when it is answered
    if (missing()) {
      main().setAttribute("aria-busy", "true");
      rest.ask();
      return;
    }
    rest.drop();
    document.getElementById("failed")?.remove();
    main()?.removeAttribute("aria-busy");
  };
  const page = lk.question(
    () => {
      if (!main()) return null;
      const { path: of, words: first } = asking();
      return lk.addressOf(of, why === "page" ? { _at: location.pathname, ...first } : words(of));
    },
    (answer) => {
      if (!main()) return;
      hooks(asking().path).shown?.(answer, why);
      const of = filled;
      setTimeout(() => of === filled && put(answer)); // in one frame with the rows, which the grid asks for a moment later
      if (why === "beat") known.clear();
      settle();
    },
    failed,
  );
  const follow = () => {
    const here = main();
    if (!here) {
      place = null;
      page.drop();
      rest.drop();
      return;
    }
    if (here === place && location.pathname !== path) return; // on the way to another page
    const filter = keyOf(asking());
    const isNew = here !== place || filter.split("?")[0] !== filled.split("?")[0];
    if (isNew || filter !== filled) {
      why = isNew ? "page" : "address";
      if (isNew) known.clear();
      [place, path, filled] = [here, location.pathname, filter];
      here.setAttribute("aria-busy", "true"); // what is shown is of the filter before
      hooks(asking().path).asked?.(why);
      rest.drop();
      page.ask();
    } else settle();
  };
  document.addEventListener("lightkeeper-address", follow);
  const isFold = ({ id }) => main() && asking().parts.some(({ fold }) => fold && fold === id);
  document.addEventListener("toggle", ({ target }) => isFold(target) && settle(), true); // what opens is asked for
  document.addEventListener("lightkeeper-beat", () => {
    if (!main() || main().getAttribute("aria-busy")) return;
    why = "beat";
    page.again();
  });

  /** Dash draws pages: each new one is told the address. */
  const isPage = (node) => node.nodeType === 1 && (node.matches("main") || node.querySelector("main"));
  document.addEventListener("DOMContentLoaded", () => {
    new MutationObserver((changes) => {
      if (!changes.some(({ type, addedNodes }) => type === "attributes" || [...addedNodes].some(isPage))) return;
      if (place && main() !== place) place = null;
      told = location.href;
      document.dispatchEvent(new Event("lightkeeper-address"));
    }).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-answer"] });
  });
})();
