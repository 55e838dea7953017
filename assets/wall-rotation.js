/* The rotation: which screens of the wall are shown. It goes through them in the same document, as many side by side as the
   window has columns; a screen that begins with an empty panel is left out; ?page= and &screen= hold it still. */
(() => {
  const lk = (window.lightkeeper ??= {});
  if (lk.page.kind !== "wall") return;
  const root = document.documentElement;
  const asked = new URLSearchParams(location.search);
  const held = asked.has("screen") ? Number(asked.get("screen")) || 0 : null;

  let shown = []; // screens by column
  let next = null; // the screen that follows them
  let due = 0; // on the browser's steady clock: a site whose time runs faster does not turn faster

  const all = () => [...document.querySelectorAll("#wall .screen")];
  const isFull = (screen) => screen.querySelector("[data-panel]")?.dataset.empty !== "1";
  const columns = () => Number(getComputedStyle(root).getPropertyValue("--columns")) || 1;

  /** The screens the wall goes through: those of the asked page, without the empty ones. */
  const course = () => {
    const screens = all();
    const ofPage = screens.filter((s) => s.dataset.page === asked.get("page"));
    const mine = ofPage.length ? ofPage : screens;
    const full = mine.filter((s, i) => isFull(s) || i === held);
    return full.length ? full : mine.slice(0, 1);
  };

  const from = (list, first, many) => Array.from({ length: many }, (_, i) => list[(list.indexOf(first) + i) % list.length]);

  /** `group` by column: a screen that was shown already keeps its column. */
  const settled = (group) => {
    const places = group.map((_, i) => (group.includes(shown[i]) ? shown[i] : null));
    const rest = group.filter((s) => !places.includes(s));
    return places.map((s) => s ?? rest.shift());
  };

  const begin = (list) => {
    if (held === null) return list[0];
    const mine = all().filter((s) => !asked.get("page") || s.dataset.page === asked.get("page"));
    return list.includes(mine[held]) ? mine[held] : list[0];
  };

  /** Puts `group` up. A screen goes on standing in its column for as long as it stays. */
  const show = (group) => {
    shown = group;
    for (const screen of all()) {
      const column = shown.indexOf(screen);
      screen.classList.toggle("on", column >= 0);
      if (column >= 0) screen.style.setProperty("--column", column);
    }
    document.getElementById("wall").style.setProperty("--shown", shown.length);
  };

  const turned = (list, many, now) => {
    const first = next && list.includes(next) ? next : begin(list);
    const group = from(list, first, many);
    next = from(list, first, many + 1).at(-1);
    due = now + lk.page.page_s * 1000;
    return settled(group);
  };

  /** The first Situation screen and those after it: what a take-over shows. */
  const alarmed = (many) => {
    const screens = all();
    const first = screens.find((s) => s.dataset.page === "situation") ?? screens[0];
    const list = [first, ...course().filter((s) => s !== first)];
    next = null;
    due = 0; // afterwards the wall begins again
    return list.slice(0, many);
  };

  /** Turns the wall when it is time, after `survey()` has drawn the first panel of every screen. `taken`: a critical alert
      holds it. Gives {shown, course}: the screens on show by column, and all it goes through. */
  lk.turn = (taken, survey) => {
    const now = performance.now();
    if (shown.some((screen) => !screen.isConnected)) shown = []; // Dash drew the page anew
    if (!shown.length) survey();
    const list = course();
    const many = Math.min(columns(), Math.max(list.length, taken ? 1 : 0));
    if (taken) show(alarmed(many));
    else if (!shown.length || due === 0 || (held === null && now >= due)) {
      survey();
      const fresh = course();
      show(turned(fresh, Math.min(columns(), fresh.length), now));
    } else if (shown.length !== many) {
      next = shown[0];
      show(settled(turned(list, many, now)));
    }
    for (const screen of all()) screen.classList.toggle("taken", Boolean(taken) && screen === shown[0]);
    return { shown, course: course() };
  };
})();
