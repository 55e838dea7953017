/* One order beside its list: a row opens it, Escape and "close" shut it, the address carries it. What counts down is
   filled in here each second from due times and the server's clock; the rest comes from the server at each beat. */
(() => {
  if (document.documentElement.dataset.kind !== "desk") return;
  const lk = (window.lightkeeper ??= {}); // its other files load later: nothing of it may be used right away
  const h = (...args) => lk.h(...args);
  const t = (...args) => lk.t(...args);
  const drawer = () => document.getElementById("order-drawer");
  const MINUTE = 60000;

  // ---- address ---------------------------------------------------------------------------------------------------
  const opened = () => new URLSearchParams(location.search).get("order");
  const go = (order) => {
    const asked = new URLSearchParams(location.search);
    if (order) asked.set("order", order);
    else asked.delete("order");
    const text = asked.toString();
    lk.go(text ? `?${text}` : "");
  };
  let shown = null; // the order that the drawer shows or asks for
  let moment = NaN; // of what it shows, for a clock until the server's is known
  const question = lk.question(
    () => (opened() && drawer() ? `/answer/order${location.search}` : null),
    (answer) => {
      if (!drawer()) return;
      moment = answer.now;
      drawer().removeAttribute("aria-busy");
      for (const [id, text] of Object.entries(answer.html)) lk.put(id, text);
      drawer().hidden = false;
      drawn();
    },
    () => {
      const place = drawer();
      if (place?.getAttribute("aria-busy")) lk.put("order-body", `<p role="alert">${t("The server did not answer. It is asked again.")}</p>`);
      if (place) place.hidden = false;
    },
  );
  const follow = () => {
    const order = drawer() ? opened() : null;
    if (order === shown && (!order || !drawer().hidden)) return;
    shown = order;
    if (order) {
      drawer().setAttribute("aria-busy", "true");
      if (!drawer().hidden) lk.put("order-body", ""); // it was of another order
    }
    question.ask(); // without an order it only gives up the last one
    if (order || !drawer()) return;
    drawer().hidden = true;
    lk.put("order-body", "");
    drawn();
  };
  document.addEventListener("lightkeeper-address", follow);
  document.addEventListener("lightkeeper-beat", () => opened() && question.again());

  // ---- rows of the list ------------------------------------------------------------------------------------------
  let wantsFocus = false; // the reader opened it: the title takes the focus once it is there
  let cameFrom = null; // id of the row to go back to
  const keyOf = (row) => (row?.survey_no !== undefined ? (row.order_no ? `:${row.order_no}` : null) : (row?.id ?? null));
  const open = (key) => {
    if (!key) return;
    wantsFocus = true;
    if (key === opened()) settle();
    else go(key);
  };
  const close = () => {
    if (opened()) go(null);
  };
  const grid = () => {
    try {
      return window.dash_ag_grid.getApi("orders-grid");
    } catch {
      return null; // it throws until the grid is there
    }
  };
  const known = new WeakSet();
  const attend = async () => {
    const api = await window.dash_ag_grid?.getApiAsync?.("orders-grid").catch(() => null);
    if (!api || api.isDestroyed() || known.has(api)) return;
    known.add(api);
    api.addEventListener("modelUpdated", mark);
    mark();
  };
  /** Opens the order of the row that `target` is in; whether there was one. */
  const take = (target) => {
    const row = target.closest?.("#orders-grid .ag-row[row-id]");
    const node = row && grid()?.getRowNode(row.getAttribute("row-id"));
    if (!node?.data) return false;
    cameFrom = node.id;
    open(keyOf(node.data));
    return true;
  };
  /** Marks the row of the opened order, wherever the list has it. */
  const mark = () => {
    const api = grid();
    if (!api || api.isDestroyed()) return;
    const key = opened();
    api.forEachNode((node) => {
      const is = Boolean(key && node.data && keyOf(node.data) === key);
      if (node.isSelected() !== is) node.setSelected(is);
    });
  };
  const backToRow = () => {
    const api = grid();
    const node = cameFrom === null || !api || api.isDestroyed() ? null : api.getRowNode(cameFrom);
    cameFrom = null;
    if (node && node.rowIndex !== null) api.setFocusedCell(node.rowIndex, node.data.survey_no === undefined ? "order_no" : "survey_no");
    else document.getElementById("main")?.focus?.();
  };

  // ---- on a phone the drawer is the page: what it covers can not be reached -----------------------------------------
  const narrow = window.matchMedia("(max-width: 720px)");
  const cover = () => {
    const place = drawer();
    const covers = Boolean(place && !place.hidden && narrow.matches);
    for (const other of document.querySelectorAll(".desk > header, .desk > .top, main > *")) {
      if (other !== place && !other.contains(place)) other.inert = covers;
    }
  };
  narrow.addEventListener("change", cover);

  // ---- what the reader unfolded stays so when the drawer is drawn anew ---------------------------------------------------
  let unfolded = { order: null, names: new Set() };
  const fold = (event) => {
    const { fold: name } = event.target.dataset ?? {};
    if (!name) return;
    if (unfolded.order !== opened()) unfolded = { order: opened(), names: new Set() };
    if (event.target.open) unfolded.names.add(name);
    else unfolded.names.delete(name);
  };
  const refold = () => {
    if (unfolded.order !== opened()) return;
    for (const name of unfolded.names) drawer().querySelector(`details[data-fold="${name}"]`)?.setAttribute("open", "");
  };
  document.addEventListener("toggle", fold, true);

  let wasOpen = false;
  const settle = () => {
    const place = drawer();
    if (!place) return;
    cover();
    mark();
    refold();
    tick();
    if (place.hidden) {
      if (wasOpen) backToRow();
    } else if (wantsFocus) {
      const title = document.getElementById("order-title");
      if (title) {
        wantsFocus = false;
        place.scrollTop = 0;
        title.focus({ preventScroll: true });
      }
    }
    wasOpen = !place.hidden;
  };
  const drawn = () => {
    attend();
    settle();
  };

  // ---- time left -------------------------------------------------------------------------------------------------
  const span = (ms) => {
    const minutes = Math.floor(Math.abs(ms) / MINUTE);
    const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
    if (days >= 10) return t("{n} d", { n: days });
    if (days) return hours ? t("{d} d {h} h", { d: days, h: hours }) : t("{n} d", { n: days });
    if (hours) return rest ? t("{h} h {m} min", { h: hours, m: rest }) : t("{n} h", { n: hours });
    return t("{n} min", { n: rest });
  };
  const LEAD = {
    arrival: [() => t("{time} left to arrive##order"), () => t("arrival {time} over")],
    restoration: [() => t("{time} left to restore##order"), () => t("restoration {time} over")],
    stated: [() => t("{time} left of the stated limit"), () => t("stated limit {time} over")],
  };
  const nowOf = () => lk.now?.() ?? moment;

  const left = (place, now) => {
    const { left: form, clock, name, start, due, filled } = place.dataset;
    const [from, until] = [Number(start), Number(due)];
    const over = now > until;
    const fill = over ? (filled === "true" ? "over" : "strong") : "strong";
    if (form === "result") return [h("span", { class: fill }, over ? t("{time} over", { time: span(now - until) }) : t("{time} left", { time: span(until - now) }))];
    const level = lk.levelOf(from, until, now);
    const words = LEAD[clock] ?? [() => t("{name}: {time} left"), () => t("{name}: {time} over")];
    const said = words[over ? 1 : 0]().replace("{name}", name).replace("{time}", span(now - until));
    return [level ? lk.mark(level) : null, h("span", { class: fill }, said)].filter(Boolean);
  };

  // ---- the course as a time line -----------------------------------------------------------------------------------
  const NICE = [5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080, 20160, 43200].map((m) => m * MINUTE);
  const text = (x, y, said, anchor, kind) => h("svg:text", { x: x.toFixed(1), y, "text-anchor": anchor, class: kind ?? null }, said);
  const bar = (x1, x2, y, colour) => (x2 - x1 < 0.5 ? null : h("svg:path", { d: `M${x1.toFixed(1)} ${y}H${x2.toFixed(1)}`, stroke: `var(--${colour})`, "stroke-width": 12 }));
  const wide = (said) => [...said].reduce((sum, c) => sum + (c > "⺀" ? 12.5 : 6.8), 0);
  /** An anchor and place that keep `said` within 0..width. */
  const within = (x, said, width, gap = 0) => (x + gap + wide(said) <= width ? [x + gap, "start"] : [Math.max(x - gap, wide(said)), "end"]);

  const dayOf = (at) => (lk.zh ? lk.date(at).split(" ")[0] : lk.date(at).split(" ").slice(1).join(" "));
  const axis = (from, to, x, foot) => {
    const step = NICE.find((s) => (to - from) / s <= 5) ?? NICE.at(-1);
    const [hours, minutes] = lk.clock(from).split(":").map(Number);
    const midnight = from - (from % MINUTE) - (hours * 60 + minutes) * MINUTE;
    const first = midnight + Math.ceil((from - midnight) / step) * step;
    const ticks = [];
    for (let at = first; at <= to; at += step) ticks.push(at);
    return ticks.flatMap((at) => [
      h("svg:path", { d: `M${x(at).toFixed(1)} 20V${foot}`, stroke: "var(--grid)" }),
      text(x(at), foot + 15, step >= 1440 * MINUTE ? dayOf(at) : lk.clock(at), "middle", "m"),
    ]);
  };

  const lane = (clock, i, x, width, end) => {
    const y = 52 + i * 42;
    const stop = clock.stop ?? end;
    const [start, due, until] = [x(clock.start), x(clock.due), x(stop)];
    const used = clock.used ?? span(stop - clock.start);
    const words = clock.stop ? t("{name} {used}, limit {limit}", { name: clock.name, used, limit: clock.limit }) : t("{name} {used} so far, limit {limit}", { name: clock.name, used, limit: clock.limit });
    const [at, anchor] = within(start, words, width);
    return [
      text(at, y - 11, words, anchor),
      bar(start, Math.min(until, Math.max(due, start)), y, "reference"),
      stop > clock.due ? bar(Math.max(due, start), until, y, "red") : null,
      h("svg:path", { d: `M${due.toFixed(1)} ${y - 9}V${y + 9}`, stroke: "var(--text)", "stroke-width": 2 }),
    ];
  };

  const course = (data, now, width) => {
    const stages = data.stages;
    if (!stages.length) return [];
    const end = data.open ? now : (data.end ?? stages.at(-1)[1]);
    const times = [...stages.map(([, at]) => at), ...data.clocks.flatMap((c) => [c.start, c.due]), ...data.calls, end].filter((at) => at !== null);
    const [from, to] = [Math.min(...times), Math.max(...times)];
    const space = Math.max(to - from, MINUTE);
    const x = (at) => 6 + ((at - from) / space) * (width - 12);
    const lanes = data.clocks.length ? data.clocks : [{ plain: true }];
    const y = 52 + (lanes.length - 1) * 42 + 26;
    const foot = y + 12;
    const calls = data.calls.map((at) => h("svg:path", { d: `M${(x(at) - 4).toFixed(1)} ${y + 5}L${x(at).toFixed(1)} ${y - 5}L${(x(at) + 4).toFixed(1)} ${y + 5}Z`, fill: "var(--text-2)" }));
    const dots = stages.map(([, at]) => h("svg:circle", { cx: x(at).toFixed(1), cy: y, r: 3, fill: "var(--surface)", stroke: "var(--text-2)", "stroke-width": 1.5 }));
    const nowWords = t("now {time}##order", { time: lk.clock(now) });
    const drawnLanes = data.clocks.length
      ? data.clocks.flatMap((clock, i) => lane(clock, i, x, width, end))
      : [bar(x(from), x(end), 52, "reference"), text(...within0(x(from), span(end - from), width), null)];
    const line = h(
      "svg:svg",
      { viewBox: `0 0 ${width} ${foot + 20}`, width, height: foot + 20, role: "img", "aria-label": spoken(data, now, end) },
      axis(from, to, x, foot),
      drawnLanes,
      dots,
      calls,
      data.open ? h("svg:path", { d: `M${x(now).toFixed(1)} 20V${foot}`, stroke: "var(--text)", "stroke-width": 1.5 }) : null,
      data.open ? text(...within0(x(now), nowWords, width, 14), "s") : null,
    );
    return [line];
  };
  const within0 = (x, said, width, y = 41) => {
    const [at, anchor] = within(x, said, width);
    return [at, y, said, anchor];
  };
  const spoken = (data, now, end) => {
    const parts = data.stages.map(([name, at]) => `${name} ${lk.when(at, now)}`);
    for (const c of data.clocks) parts.push(t("{name} due {time}", { name: c.name, time: lk.when(c.due, now) }));
    if (data.open) parts.push(t("now {time}##order", { time: lk.clock(now) }));
    return parts.join(lk.zh ? "，" : ", ");
  };

  const tick = () => {
    const place = drawer();
    if (!place || place.hidden) return;
    const now = nowOf();
    if (!Number.isFinite(now)) return;
    for (const spot of place.querySelectorAll("[data-left]")) lk.patch(spot, left(spot, now));
    for (const spot of place.querySelectorAll("[data-course]")) {
      const width = Math.round(spot.clientWidth);
      if (width > 0) lk.patch(spot, course(JSON.parse(spot.dataset.course), now, width));
    }
  };
  setInterval(tick, 1000);
  window.addEventListener("resize", () => requestAnimationFrame(tick));

  // ---- hands ---------------------------------------------------------------------------------------------------------
  document.addEventListener("click", (event) => {
    const target = event.target;
    if (target.closest?.("#order-close")) return close();
    const link = target.closest?.("[data-open-order]");
    if (!link && !String(getSelection())) return take(target); // a number that is being copied opens nothing
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return undefined;
    event.preventDefault();
    return open(link.dataset.openOrder);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches?.("#orders-grid .ag-cell")) take(event.target);
    if (event.key !== "Escape" || event.defaultPrevented || !opened()) return;
    if (document.querySelector('.i[aria-expanded="true"]') || event.target.closest?.('[aria-expanded="true"]')) return; // that closes first
    close();
  });
  // An export follows the address of the page it stands on.
  const aim = (event) => {
    const link = event.target.closest?.("a[data-export]");
    if (link) link.href = `${link.dataset.export}${location.search}`;
  };
  for (const kind of ["pointerover", "focusin", "click"]) document.addEventListener(kind, aim, true);
})();
