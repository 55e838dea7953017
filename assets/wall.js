/* The wall page: draws every panel each second from the parts and the server's time, and says when it cannot know. */
(() => {
  const lk = (window.lightkeeper ??= {});
  if (lk.page.kind !== "wall") return;
  const { h, t } = lk;
  const full = lk.page.distance === "3m";
  const NEVER_DRAWN_MS = 20000; // after this a page without its frame is loaded anew
  const SHIFT_PX = [[0, 0], [1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0], [-1, -1], [0, -1]]; // against burn-in, a step a minute

  const drawHead = (place, now) => {
    const watch = lk.watchOf(["work_orders"], now);
    const known = watch.state === "ok" || watch.state === "stale";
    const counted = !full && watch.state !== "unfed";
    const counts = () => (known ? lk.countNodes(lk.levelCounts(now)) : [h("span", { class: "q" }, t("levels unknown"))]);
    const site = h("b", null, lk.zh ? lk.page.site.zh : lk.page.site.en);
    const area = lk.page.area ? h("span", { class: "q" }, lk.name(lk.page.area)) : full ? h("span", { class: "q" }, t("Situation")) : null;
    const group = { class: "counts", role: "group", "aria-label": t("Open repairs by level") };
    lk.patch(place, [site, area, h("div", { class: "push" }, counted ? h("div", group, counts()) : null), h("span", { class: "q date" }, lk.date(now, full)), h("b", { class: "clock" }, lk.clock(now))].filter(Boolean));
  };

  /** A site whose sources have outages and no work orders lists what it has. */
  const drawList = (place, now) => {
    const state = (table) => lk.watchOf([table], now).state;
    const draw = state("work_orders") === "unfed" && state("outages") !== "unfed" ? lk.drawOutages : lk.drawRepairs;
    draw(place, now);
  };

  const span = (ms) => {
    const s = Math.floor(ms / 1000);
    if (s < 60) return t("{n} s", { n: s });
    return s < 3600 ? t("{m} min {s} s", { m: Math.floor(s / 60), s: s % 60 }) : lk.duration(ms);
  };

  const lostText = () => {
    if (lk.lost.since === null) return t("no answer from the server yet; trying again");
    const lasted = span(performance.now() - lk.lost.at);
    return t("since {time}, {lasted}. Last picture below; reconnecting.", { time: lk.clock(lk.lost.since), lasted });
  };

  const drawLost = (place) => {
    document.body.classList.toggle("lost", lk.lost !== null);
    const banner = () => h("section", { class: "banner inverse", role: "alert" }, h("h1", null, t("Connection lost")), h("div", null, lostText()));
    lk.patch(place, lk.lost ? [banner()] : []);
  };

  const safely = (name, draw, ...rest) => {
    const place = document.getElementById(name);
    if (!place) return;
    try {
      draw(place, ...rest);
    } catch (error) {
      console.error(`lightkeeper: panel ${name} could not be drawn`, error);
      lk.patch(place, [h("div", { class: "void" }, t("This panel could not be drawn."))]);
    }
  };

  let drawn = false;
  const draw = () => {
    lk.checkLost();
    if (!document.getElementById("wall")) return;
    drawn = true;
    safely("wall-lost", drawLost);
    const now = lk.now();
    if (now === null) return;
    safely("wall-head", drawHead, now);
    safely("wall-tiles", lk.drawTiles, now);
    safely("wall-map-head", lk.drawMapHead, now);
    safely("wall-repairs", drawList, now);
    safely("wall-side", lk.drawSide, now);
    safely("wall-foot", lk.drawFoot, now);
    lk.drawMap();
    const [x, y] = SHIFT_PX[Math.floor(now / 60000) % SHIFT_PX.length];
    document.getElementById("wall").style.translate = `${x}px ${y}px`;
  };

  /** The next drawing falls on the site's next full second, so that two walls side by side change together. */
  const eachSecond = () => {
    draw();
    const now = lk.now();
    setTimeout(eachSecond, now === null ? 200 : 1000 - (now % 1000) + 5);
  };

  let asked = false;
  lk.subscribe("*", () => {
    if (asked) return;
    asked = true; // several changes of one answer are drawn once
    requestAnimationFrame(() => {
      asked = false;
      draw();
    });
  });
  window.addEventListener("resize", draw);
  document.addEventListener("visibilitychange", draw);
  eachSecond();
  // A server that went away while the page was loading leaves a page without frame: load it anew once it answers.
  setInterval(() => {
    if (!drawn && lk.answers > 0) location.reload();
  }, NEVER_DRAWN_MS);
})();
