/* The page's own data, its words, and numbers, durations and times in the reader's form. */
(() => {
  const lk = (window.lightkeeper ??= {});
  const holder = document.getElementById("lightkeeper-page");
  lk.page = holder ? JSON.parse(holder.textContent) : { kind: "desk", language: "en", words: {}, zone: "UTC" };
  const zh = lk.page.language === "zh";
  lk.zh = zh;

  /** The sentence in the reader's language, with {name} filled from `values`. */
  const t = (lk.t = (sentence, values) => {
    const said = lk.page.words[sentence] ?? sentence.split("##")[0]; // after ## stands what tells equal English apart
    return values ? said.replace(/\{(\w+)\}/g, (all, name) => (name in values ? String(values[name]) : all)) : said;
  });

  const locale = zh ? "zh-CN" : "en-GB";
  const grouped = new Intl.NumberFormat("en-US");
  const zone = lk.page.zone;
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" });
  const dayNumber = new Intl.DateTimeFormat("en-CA", { timeZone: zone });
  const shortDate = new Intl.DateTimeFormat("en-GB", { timeZone: zone, month: "short", day: "numeric" });
  const month = new Intl.DateTimeFormat("en-US", { timeZone: zone, month: "numeric" });
  const day = new Intl.DateTimeFormat("en-US", { timeZone: zone, day: "numeric" });
  const year = new Intl.DateTimeFormat("en-US", { timeZone: zone, year: "numeric" });
  const weekday = new Intl.DateTimeFormat(locale, { timeZone: zone, weekday: "short" });
  const longWeekday = new Intl.DateTimeFormat(locale, { timeZone: zone, weekday: "long" });

  /** 1,284; from a million on 123.4万 / 1.23M, because no panel has room for more digits. */
  lk.count = (n) => {
    if (n === null || n === undefined) return "—"; // unknown is not zero
    if (n < 1e6) return grouped.format(n);
    return zh ? `${(n / 1e4).toFixed(1)}万` : `${(n / 1e6).toFixed(2)}M`;
  };

  /** A rate in percent with one decimal; a full hundred without. */
  lk.rate = (v) => (v === 100 ? "100" : v.toFixed(1));
  const target = (v) => String(Math.round(v * 10) / 10);
  lk.target = target;

  /** A duration from milliseconds, its sign ignored: minutes below an hour, hours and minutes below ten hours. */
  lk.duration = (ms) => {
    const minutes = Math.floor(Math.abs(ms) / 60000);
    const h = Math.floor(minutes / 60);
    const m = minutes % 60;
    if (minutes < 1) return t("<1 min");
    if (h >= 48) return t("{n} d", { n: Math.floor(h / 24) });
    if (h >= 10 || (h && !m)) return t("{n} h", { n: h });
    return h ? t("{h} h {m} min", { h, m }) : t("{n} min", { n: m });
  };

  /** How long ago `ms` was at `now`. */
  lk.age = (ms, now) => {
    const s = Math.max(0, Math.floor((now - ms) / 1000));
    if (s < 60) return t("{n} s ago", { n: s });
    return t("{age} ago", { age: lk.duration(s * 1000) });
  };

  /** 14:32, or 20 Nov 14:32 when `ms` lies on another day of the site than `now`. */
  lk.when = (ms, now) => {
    if (dayNumber.format(ms) === dayNumber.format(now)) return clock.format(ms);
    return `${zh ? `${month.format(ms)}月${day.format(ms)}日` : shortDate.format(ms)} ${clock.format(ms)}`;
  };
  lk.clock = (ms) => clock.format(ms);

  /** 11月20日 周五 / Fri 20 Nov; `long` adds the year and writes the weekday out. */
  lk.date = (ms, long) => {
    if (!zh) return long ? `${longWeekday.format(ms)} ${shortDate.format(ms)} ${year.format(ms)}` : `${weekday.format(ms)} ${shortDate.format(ms)}`;
    const text = `${month.format(ms)}月${day.format(ms)}日 ${(long ? longWeekday : weekday).format(ms)}`;
    return long ? `${year.format(ms)}年${text}` : text;
  };

  const DROPPED_ZH = /(?:供电服务站|供电公司|供电所|分公司|客户服务中心)$/;
  const DROPPED_EN = /\s+(?:power supply (?:station|company)|supply station|station|county|district|city|feeder|line)$/i;
  /** A name as a wall says it: 城东供电所 -> 城东, 江城区 -> 江城, Shawan Station -> Shawan. */
  lk.shortName = (name) => {
    if (!/[一-鿿]/.test(name)) return name.replace(DROPPED_EN, "");
    const cut = name.replace(DROPPED_ZH, "") || name;
    return cut.length > 2 ? cut.replace(/(?<![发新园景])[县区市]$/, "") : cut; // 开发区 is no 开发
  };

  const LEVELS = ["blue", "yellow", "orange", "red"];
  lk.levels = LEVELS;
  const LEVEL_WORD = {
    blue: () => t("half used"),
    yellow: () => t("due soon"),
    orange: () => t("nearly due"),
    red: () => t("overdue"),
  };
  lk.levelWord = (level) => LEVEL_WORD[level]();

  /** The display level of a clock at `now`: 50, 75, 90, 100 % of its time used; null below. */
  lk.levelOf = (startAt, dueAt, now) => {
    if (now > dueAt) return "red";
    const used = dueAt > startAt ? (now - startAt) / (dueAt - startAt) : 1;
    return used >= 0.9 ? "orange" : used >= 0.75 ? "yellow" : used >= 0.5 ? "blue" : null;
  };
})();
