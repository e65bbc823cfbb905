// What a page does beyond showing itself: live or paused, themes, keys, charts. Without it all pages still work.
(() => {
  "use strict";
  const root = document.documentElement;
  const keep = (name, value) => { try { localStorage.setItem(`dawam.${name}`, value); } catch { /* kept for this page */ } };
  const kept = (name) => { try { return localStorage.getItem(`dawam.${name}`); } catch { return null; } };

  // -- live or paused: a change is told to #live, and main asks for itself anew unless somebody is at work in it. What
  // takes the server long is asked for rarely, so that an open page costs it no more than a hundredth of a core
  let paused = kept("paused") === "yes";
  let calmUntil = 0;
  const pause = document.getElementById("pause");
  const showPause = () => {
    pause.setAttribute("aria-pressed", String(paused));
    pause.textContent = paused ? pause.dataset.paused : pause.dataset.live;
  };
  const togglePause = () => {
    paused = !paused;
    keep("paused", paused ? "yes" : "no"); showPause();
    calmUntil = 0;
    if (!paused) htmx.trigger(document.getElementById("live"), "change");
  };
  pause.addEventListener("click", togglePause);
  showPause();

  const isBusy = () => {
    const main = document.getElementById("main");
    const at = document.activeElement;
    const typing = at && main.contains(at) && at.matches("input, textarea, select");
    return typing || main.querySelector("details.drop[open], input[name='id']:checked") !== null
      || [...main.querySelectorAll("textarea")].some((each) => each.value !== each.defaultValue);
  };
  document.addEventListener("htmx:before:request", (event) => {
    const source = event.detail?.ctx?.sourceElement;
    const isCalm = performance.now() < calmUntil;
    const typed = document.querySelector("#args textarea");
    if (source?.name === "name" && typed && typed.value !== typed.defaultValue) event.preventDefault();
    if (source?.id === "main" && (paused || document.hidden || isCalm || isBusy())) event.preventDefault();
  });
  document.addEventListener("htmx:after:request", (event) => {
    const took = /dur=([\d.]+)/.exec(event.detail?.ctx?.response?.headers?.get("Server-Timing") ?? "");
    if (took) calmUntil = performance.now() + Math.min(100 * took[1], 60000);
  });

  // -- a search that has found nothing yet goes on, so that nobody has to click a hundred times; it leaves the server
  // three quarters of the time, and waits while nobody looks, or somebody types
  const further = document.querySelector("[data-look-further]");
  const took = performance.getEntriesByType("navigation")[0]?.serverTiming?.[0]?.duration ?? 0;
  const lookFurther = () => {
    if (paused || document.hidden || isBusy()) setTimeout(lookFurther, 1000); else location.replace(further.href);
  };
  if (further) setTimeout(lookFurther, Math.max(100, 3 * took));

  // -- themes
  const toggleTheme = () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    keep("theme", root.dataset.theme);
    drawAll(true);
  };
  document.getElementById("theme").addEventListener("click", toggleTheme);

  // -- charts
  const plots = new Map();
  const colour = (tone) => {
    const probe = document.createElement("i");
    probe.style.color = `var(--${tone})`;
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };
  const faint = (rgb) => rgb.replace(/^rgb\((.*)\)$/, "rgba($1, .18)").replace(/^color\((.*)\)$/, "color($1 / .18)");
  const seconds = (value) => {
    if (value == null) return "–";
    if (value < 1) return `${+(value * 1000).toPrecision(3)} ms`;
    if (value < 120) return `${+value.toPrecision(3)} s`;
    return value < 7200 ? `${Math.round(value / 60)} min` : `${+(value / 3600).toPrecision(3)} h`;
  };
  const plain = (value) => (value == null ? "–" : Intl.NumberFormat("en", { notation: "compact" }).format(value));
  const clock = (x) => {
    const isLong = x[x.length - 1] - x[0] > 2 * 86400;
    const said = Intl.DateTimeFormat(`${root.lang}-u-nu-latn`, isLong ? { day: "numeric", month: "short" } : { hour: "2-digit", minute: "2-digit", hour12: false });
    return (_, ticks) => ticks.map((at) => said.format(new Date(at * 1000)));
  };
  const axis = (values) => ({
    stroke: colour("soft"), font: "11px system-ui", size: 46, grid: { stroke: colour("line"), width: 1 },
    ticks: { show: false }, values,
  });
  const draw = (figure) => {
    const data = JSON.parse(figure.dataset.chart);
    const place = figure.querySelector(".plot");
    const said = data.unit === "s" ? seconds : plain;
    const columns = [data.x, ...data.lines.map((line) => line.y)];
    const known = plots.get(figure);
    if (known && place.contains(known.root)) { known.setData(columns); return; }
    place.replaceChildren();
    const plot = new uPlot({
      width: Math.max(place.clientWidth, 120), height: 120,
      cursor: { y: false, points: { size: 6 } },
      scales: { y: { range: (_, low, high) => [0, Math.max(high ?? 0, data.unit === "s" ? 0.001 : 1) * 1.05] } },
      axes: [{ ...axis(clock(data.x)), size: 24, space: 55 }, axis((_, ticks) => ticks.map(said))],
      series: [
        { label: "\u00a0", value: (_, at) => (at == null ? "–" : new Date(at * 1000).toLocaleString(`${root.lang}-u-nu-latn`, { dateStyle: "short", timeStyle: "short" })) },
        ...data.lines.map((line) => ({
          label: line.label, stroke: colour(line.tone), width: 1.5, points: { size: 4 },
          fill: line.filled ? faint(colour(line.tone)) : undefined, value: (_, value) => said(value), spanGaps: true,
        })),
      ],
    }, columns, place);
    plots.set(figure, plot);
  };
  const drawAll = (anew) => {
    for (const [figure, plot] of plots) {
      if (anew || !figure.isConnected) { plot.destroy(); plots.delete(figure); }
    }
    document.querySelectorAll("figure[data-chart]").forEach(draw);
  };
  let resizing;
  addEventListener("resize", () => { clearTimeout(resizing); resizing = setTimeout(() => drawAll(true), 150); });

  // -- searches that somebody wants again, kept in this browser
  const searches = () => { try { return JSON.parse(kept("searches") ?? "[]"); } catch { return []; } };
  const showSearches = () => {
    const list = document.getElementById("searches");
    if (!list) return;
    list.replaceChildren(...searches().map((q) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      const forget = document.createElement("button");
      link.href = `${list.dataset.path}?${new URLSearchParams({ q })}`;
      link.append(Object.assign(document.createElement("bdi"), { textContent: q }));
      Object.assign(forget, { type: "button", textContent: "×", title: list.dataset.forget });
      forget.dataset.forget = q;
      forget.setAttribute("aria-label", `${list.dataset.forget} ${q}`);
      item.append(link, forget);
      return item;
    }));
  };
  document.addEventListener("click", (event) => {
    const forget = event.target.closest("#searches [data-forget]");
    const saved = searches();
    if (forget) {
      keep("searches", JSON.stringify(saved.filter((q) => q !== forget.dataset.forget)));
    } else if (event.target.id === "keep-search") {
      const q = document.getElementById("q").value.trim();
      if (q && !saved.includes(q)) keep("searches", JSON.stringify([...saved, q].slice(-20)));
    } else {
      return;
    }
    showSearches();
  });

  // -- what is done to a page that has just come
  const prepare = () => {
    document.querySelectorAll("time[datetime]").forEach((time) => {
      const local = new Date(time.dateTime).toLocaleString(`${root.lang}-u-nu-latn`, { dateStyle: "medium", timeStyle: "long" });
      if (!time.title.includes(local)) time.title = time.title ? `${time.title}\n${local}` : local;
    });
    drawAll(false);
    showSearches();
    for (const [id, isOpen] of opened) {
      const part = document.getElementById(id);
      if (part) part.open = isOpen;
    }
  };
  const opened = new Map(); // what somebody opened or closed stays so when the page comes anew
  document.addEventListener("click", (event) => {
    const part = event.target.closest("summary")?.parentElement;
    if (part?.id) opened.set(part.id, !part.open);
  });
  document.addEventListener("htmx:after:swap", prepare);
  prepare();

  document.addEventListener("click", (event) => {
    const copy = event.target.closest("[data-copy]");
    if (copy) navigator.clipboard?.writeText(copy.dataset.copy);
  });
  document.addEventListener("change", (event) => {
    if (event.target.id !== "mark-all") return;
    document.querySelectorAll("input[name='id']").forEach((each) => { each.checked = event.target.checked; });
  });

  // -- keys
  const help = document.getElementById("help");
  document.getElementById("keys").addEventListener("click", () => help.showModal());
  const page = (key) => document.querySelector(`.top nav a[data-key="${CSS.escape(key)}"]`);
  let going = false;
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
    if (going && page(event.key)) {
      page(event.key).click();
    } else if (event.key === "/") {
      event.preventDefault();
      const search = document.getElementById("q");
      if (search) search.focus(); else page("j").click();
    } else if (event.key === "?") {
      help.showModal();
    } else if (event.key === "p") {
      togglePause();
    } else if (event.key === "t") {
      toggleTheme();
    }
    going = event.key === "g";
  });
})();
