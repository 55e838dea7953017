/* The wall's frame: draws what is on show each second from the parts and the server's time, says when it cannot know, and
   keeps a panel that fails from taking the others with it. */
(() => {
  const lk = (window.lightkeeper ??= {});
  if (lk.page.kind !== "wall") return;
  const { h, t } = lk;
  const SHIFT_PX = [[0, 0], [1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0], [-1, -1], [0, -1]]; // against burn-in, a step a minute

  const span = (ms) => {
    const s = Math.floor(ms / 1000);
    if (s < 60) return t("{n} s", { n: s });
    return s < 3600 ? t("{m} min {s} s", { m: Math.floor(s / 60), s: s % 60 }) : lk.duration(ms);
  };

  /** Why the picture may be old, from the most that can be said to the least. */
  const lostTexts = () => {
    if (lk.lost.since === null) return [t("no answer from the server yet; trying again"), t("no answer yet")];
    const since = { time: lk.clock(lk.lost.since), lasted: span(performance.now() - lk.lost.at) };
    return [t("since {time}, {lasted}. Last picture below; reconnecting.", since), t("since {time}, {lasted}; reconnecting", since), t("since {time}, {lasted}", since)];
  };

  /** Title and texts of the band over a picture that is not current; null while it is. */
  const lostWords = () => {
    const unknown = lk.status === 404 && lk.page.area;
    if (unknown) return [t("no unit {code}", { code: lk.page.area }), [t("no source names it; mend the area of this wall"), t("no source names it")]];
    return lk.lost ? [t("Connection lost"), lostTexts()] : null;
  };

  // rem, as in wall.css: the band's title, its margins and gap.
  const BAND = { "3m": { title: 4.2, beside: 9.6 }, "6m": { title: 6.4, beside: 12.8 }, "10m": { title: 9.6, beside: 14.4 } }[lk.page.distance];

  const banner = ([title, texts]) => {
    const room = window.innerWidth / parseFloat(getComputedStyle(document.documentElement).fontSize) - BAND.beside - lk.textWidth(title, BAND.title, true);
    return h("section", { class: "banner inverse", role: "alert" }, h("h1", null, title), h("div", null, lk.fitting(null, texts, room)));
  };

  const drawLost = (place) => {
    const said = lostWords();
    document.body.classList.toggle("lost", said !== null);
    lk.patch(place, said ? [banner(said)] : []);
  };

  const safely = (place, name, draw, ...rest) => {
    if (!place) return;
    try {
      draw(place, ...rest);
    } catch (error) {
      console.error(`lightkeeper: ${name} could not be drawn`, error);
      if (name !== "map") lk.patch(place, [h("div", { class: "void" }, t("This panel could not be drawn."))]);
    }
  };

  const drawPanel = (place, now) => {
    const name = place.dataset.panel;
    if (lk.panels[name]) safely(place, name, lk.panels[name], now);
  };

  const drawScreens = (now) => {
    const taken = lk.takenOver(now);
    const survey = () => {
      for (const place of document.querySelectorAll("#wall .screen > [data-panel]:first-child")) drawPanel(place, now);
    };
    const turned = lk.turn(taken, survey);
    safely(document.getElementById("wall-takeover"), "take-over", lk.drawTakeover, now, taken);
    for (const screen of turned.shown) for (const place of screen.querySelectorAll("[data-panel]")) drawPanel(place, now);
    return turned;
  };

  const draw = () => {
    lk.checkLost();
    const wall = document.getElementById("wall");
    if (!wall) return;
    safely(document.getElementById("wall-lost"), "lost", drawLost);
    const now = lk.now();
    if (now === null) return;
    const turned = drawScreens(now);
    safely(document.getElementById("wall-head"), "head", lk.drawHead, now, turned);
    safely(document.getElementById("wall-foot"), "foot", lk.drawFoot, now);
    const [x, y] = SHIFT_PX[Math.floor(performance.now() / 60000) % SHIFT_PX.length];
    wall.style.translate = `${x}px ${y}px`;
    lk.reloadAtNight(now);
  };

  /** The next drawing falls on the site's next full second, so that two walls side by side change together. */
  const eachSecond = () => {
    try {
      draw();
      lk.drawnAt = performance.now(); // the watchdog looks at it
    } catch (error) {
      console.error("lightkeeper: the wall could not be drawn", error);
    } finally {
      const now = lk.lost ? 0 : lk.now(); // while the connection is lost the site's time stands
      setTimeout(eachSecond, now === null ? 200 : 1000 - (now % 1000) + 5);
    }
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
})();
