/* The header of the browser pages: open alerts and ages from the live parts, the menu, and the reader's theme and
   language, remembered in cookies so that the next page starts right. Walls leave at the first line. */
(() => {
  if (document.documentElement.dataset.kind !== "desk") return;
  const lk = (window.lightkeeper ??= {}); // its other files load after this one: nothing of it may be used right away
  const h = (...args) => lk.h(...args);
  const t = (...args) => lk.t(...args);
  const root = document.documentElement;
  const find = (id) => document.getElementById(id);

  // ---- open alerts and ages ---------------------------------------------------------------------------------------
  const shape = (level) => h("span", { class: `lv lv-${level}`, role: "img", "aria-label": lk.levelWord(level) });

  const counts = () => {
    const part = lk.parts?.alerts;
    if (!part) return [];
    const open = ["red", "orange"].filter((level) => part.open[level] > 0);
    if (!open.length) return [h("span", { role: "status" }, t("no open alerts"))];
    const waiting = open.reduce((sum, level) => sum + (part.unacknowledged[level] ?? 0), 0);
    const said = waiting ? t("{n} not acknowledged", { n: lk.count(waiting) }) : t("all acknowledged");
    return [
      ...open.map((level) => h("span", { class: "count" }, shape(level), lk.count(part.open[level]))),
      h("span", { role: "status", class: waiting ? "waiting" : null }, said),
    ];
  };

  const FEEDS = [
    ["work_orders", () => t("orders")],
    ["outages", () => t("outages")],
    ["surveys", () => t("revisits")],
  ];

  /** Age of the source behind the orders; of every source that is late or fails as well. */
  const ages = () => {
    if (lk.lost) return [h("span", { class: "stale", role: "alert" }, t("connection lost"))];
    const part = lk.parts?.sources;
    const now = lk.now?.();
    if (!part || now === null || now === undefined) return [];
    const { feeds, as_of: asOf, fresh_s: fresh, state } = part.columns;
    const isLate = (i) => (fresh[i] !== null && now - asOf[i] > fresh[i] * 1000) || state[i] === "stale";
    return FEEDS.flatMap(([feed, word]) => {
      const mine = feeds.flatMap((of, i) => (of.includes(feed) ? [i] : [])); // any of them may be the one that is blind
      if (!mine.length) return [];
      const what = word();
      const flag = (text) => [h("span", { class: "stale" }, text)];
      if (mine.some((i) => asOf[i] === null && state[i] === "error")) return flag(t("{what}: cannot be read", { what }));
      if (mine.some((i) => asOf[i] === null)) return flag(t("{what}: no data yet", { what }));
      const oldest = Math.min(...mine.map((i) => asOf[i]));
      const late = mine.filter(isLate).map((i) => asOf[i]);
      if (late.length) return flag(t("{what} stopped {time}", { what, time: lk.when(Math.min(...late), now) }));
      return feed === "work_orders" ? [h("span", {}, t("{what} {age}", { what, age: lk.age(oldest, now) }))] : [];
    });
  };

  const draw = () => {
    const [left, right, theme] = [find("frame-ages"), find("frame-alerts"), find("frame-theme")];
    if (left) lk.patch(left, ages());
    if (right) lk.patch(right, counts());
    if (theme && theme !== document.activeElement) theme.value = root.dataset.choice;
  };
  document.addEventListener("DOMContentLoaded", () => {
    lk.subscribe("alerts", draw);
    setInterval(draw, 1000);
  });

  // ---- theme and language -------------------------------------------------------------------------------------------
  const remember = (word, value) => {
    document.cookie = `lightkeeper-${word}=${value}; path=/; max-age=31536000; samesite=lax`;
  };
  const dark = matchMedia("(prefers-color-scheme: dark)");

  /** Shows `choice` at once: the grid and our own styles follow the attribute. */
  const show = (choice) => {
    root.dataset.choice = choice;
    root.dataset.theme = choice === "auto" ? (dark.matches ? "dark" : "light") : choice;
    document.dispatchEvent(new Event("lightkeeper-theme"));
  };
  dark.addEventListener("change", () => {
    if (root.dataset.choice === "auto") show("auto");
  });
  const choose = (choice) => {
    remember("theme", choice);
    show(choice);
    const asked = new URLSearchParams(location.search);
    if (!asked.has("theme")) return;
    asked.delete("theme"); // the address would win over what was just chosen
    const rest = asked.toString();
    lk.go(rest ? `?${rest}` : "");
  };
  document.addEventListener("change", (event) => {
    if (event.target.id === "frame-theme") choose(event.target.value);
  });

  /** Addresses of the menu and of the other language: the menu carries the filters, the language keeps everything. */
  const links = () => {
    const menu = find("frame-menu");
    if (!menu) return;
    const asked = new URLSearchParams(location.search);
    const words = [...menu.dataset.carried.split(" "), "lang", "theme"].filter((word) => asked.get(word));
    const query = new URLSearchParams(words.map((word) => [word, asked.get(word)])).toString();
    for (const link of menu.querySelectorAll("[data-page]")) link.setAttribute("href", query ? `${link.dataset.page}?${query}` : link.dataset.page);
    asked.set("lang", find("frame-language").hreflang);
    find("frame-language").setAttribute("href", `?${asked}`);
  };
  document.addEventListener("lightkeeper-address", links);
  document.addEventListener("lightkeeper-filled", (event) => {
    if (event.target.id !== "frame-header") return;
    links();
    draw();
  });

  // ---- what a button opens on a narrow page: the menu, the filters -------------------------------------------------------
  const OPENERS = ".menu-button, .fold";
  const shut = (button) => button?.setAttribute("aria-expanded", "false");
  const shutWalls = (walls) => walls?.removeAttribute("open");
  document.addEventListener("click", (event) => {
    const walls = document.querySelector(".walls[open]");
    if (!walls?.contains(event.target)) shutWalls(walls);
    const opener = event.target.closest?.(OPENERS);
    if (opener) opener.setAttribute("aria-expanded", String(opener.getAttribute("aria-expanded") !== "true"));
    const link = event.target.closest?.(".top a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.id === "frame-language") remember("lang", link.hreflang);
    shut(document.querySelector(".menu-button"));
    if (link.getAttribute("aria-current") !== "page") return;
    event.preventDefault(); // the page that is shown starts over without a reload
    lk.go(link.search);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") shutWalls(event.target.closest?.(".walls"));
    const open = event.key === "Escape" && event.target.closest?.(".top, .filters")?.querySelector(`:is(${OPENERS})[aria-expanded="true"]`);
    if (!open || !open.offsetParent) return;
    shut(open);
    open.focus();
  });

  /** The part of the page that the address names, once it is there. */
  const arrive = () => {
    if (location.hash.startsWith("#kpi-")) find(location.hash.slice(1))?.scrollIntoView();
  };

  window.dash_clientside = Object.assign(window.dash_clientside ?? {}, {
    frame: { arrived: () => (draw(), arrive(), window.dash_clientside.no_update) },
  });
})();
