(() => {
  'use strict';
  const all = (root, query) => Array.from(root.querySelectorAll(query));
  const make = (name, text, more) => {
    const e = document.createElement(name);
    if (text) e.textContent = text;
    return Object.assign(e, more || {});
  };

  // Sorting and filtering: each series is one tbody of two rows.
  const sortable = (tools) => {
    const table = document.getElementById(tools.dataset.for);
    const bodies = all(table, ':scope > tbody');
    const texts = new Map();
    const cell = (body, name) => body.querySelector('.' + name).textContent.trim().toLowerCase();
    const keys = {
      text: (b) => cell(b, 'who'),
      best: (b) => cell(b, 'best'),
      n: (b) => -Number(b.dataset.n),
      lr: (b) => -Number(b.dataset.lr),
      first: (b) => Number(b.dataset.first),
    };
    for (const head of all(table, ':scope > thead th')) {
      if (!head.dataset.sort) continue;
      const button = make('button', head.textContent, { type: 'button' });
      head.replaceChildren(button);
      button.addEventListener('click', () => {
        const up = head.getAttribute('aria-sort') !== 'ascending';
        all(table, ':scope > thead th').forEach((h) => h.removeAttribute('aria-sort'));
        head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
        const key = keys[head.dataset.sort];
        const rows = bodies.map((b, i) => [key(b), i, b]);
        rows.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] - b[1]) * (up ? 1 : -1));
        table.append(...rows.map((r) => r[2]));
      });
    }
    if (bodies.length < 6) return;
    const input = make('input', '', { type: 'search', placeholder: 'Filter by client, name, mechanism' });
    input.setAttribute('aria-label', 'Filter the series');
    const shown = make('span', bodies.length + ' series');
    shown.setAttribute('aria-live', 'polite');
    input.addEventListener('input', () => {
      const wanted = input.value.trim().toLowerCase();
      let n = 0;
      for (const body of bodies) {
        if (!texts.has(body)) texts.set(body, body.querySelector('.row').textContent.toLowerCase());
        const keep = texts.get(body).includes(wanted);
        body.hidden = !keep;
        n += keep ? 1 : 0;
      }
      shown.textContent = n + ' of ' + bodies.length + ' series';
    });
    tools.append(input, shown);
    tools.hidden = false;
  };

  // The timeline: zoom by dragging or with the buttons, the exact instant under the pointer.
  const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
  const STEPS = [SECOND, 5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR,
    12 * HOUR, DAY, 2 * DAY, 4 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 91 * DAY, 365 * DAY, 3650 * DAY];

  const timeline = (box) => {
    const svg = box.querySelector('svg');
    const readout = box.querySelector('.readout');
    const whole = [Number(svg.dataset.from), Number(svg.dataset.to)];
    const top = Number(svg.dataset.top), bottom = Number(svg.dataset.bottom), crowded = Number(svg.dataset.crowded);
    let [a, b] = whole;
    const zone = box.dataset.zone;
    const clock = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit',
      hour: '2-digit', minute: '2-digit', second: '2-digit',
    });
    const parts = (ms) => Object.fromEntries(clock.formatToParts(ms).map((p) => [p.type, p.value]));
    const instant = (ms) => {
      const p = parts(ms);
      return p.year + '-' + p.month + '-' + p.day + ' ' + p.hour + ':' + p.minute + ':' + p.second;
    };
    const offset = (ms) => {
      const p = parts(ms);
      return Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second) - Math.floor(ms / 1000) * 1000;
    };
    const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
    const svgMake = (name, attributes) => {
      const e = document.createElementNS(svg.namespaceURI, name);
      for (const key in attributes) e.setAttribute(key, attributes[key]);
      return e;
    };
    // The native tooltip of the chart's title would cover the lanes.
    svg.setAttribute('aria-label', svg.querySelector('title').textContent);
    svg.querySelector('title').remove();

    const lanes = all(svg, 'g.marks').map((g) => {
      let at = Number(g.dataset.start);
      const steps = g.dataset.ticks ? g.dataset.ticks.split(' ') : [];
      const ticks = [at, ...steps.map((s) => (at += parseInt(s, 36)))];
      return { path: g.querySelector('path'), ticks, h: Number(g.dataset.h), box: g.querySelector('svg'), name: g.dataset.name };
    });
    const axis = svg.querySelector('g.axis');
    const marks = all(axis, '*').map((e) => e.cloneNode(true));
    const per = (ms) => ((ms - a) / (b - a)) * 100;
    const lower = (ticks, ms) => {
      let lo = 0, hi = ticks.length;
      while (lo < hi) {
        const m = (lo + hi) >> 1;
        if (ticks[m] < ms) lo = m + 1; else hi = m;
      }
      return lo;
    };

    const drawLane = (lane) => {
      const inside = lane.ticks.slice(lower(lane.ticks, a), lower(lane.ticks, b + 1));
      let d = '';
      if (inside.length <= crowded) {
        for (const t of inside) d += 'M' + (per(t) * 100).toFixed(0) + ' 0V' + lane.h;
      } else {
        const width = STEPS.find((w) => w >= MINUTE && (b - a) / w <= 240) || b - a;
        const bars = new Map();
        for (const t of inside) {
          const k = Math.floor((t - a) / width);
          bars.set(k, (bars.get(k) || 0) + 1);
        }
        const most = Math.max(...bars.values());
        for (const [k, n] of bars) {
          const x = (per(a + k * width) * 100).toFixed(0), end = (Math.min(100, per(a + (k + 1) * width)) * 100).toFixed(0);
          d += 'M' + x + ' ' + lane.h + 'V' + (lane.h - Math.max(2, (n / most) * lane.h)).toFixed(1) + 'H' + end + 'V' + lane.h + 'z';
        }
      }
      lane.path.setAttribute('class', inside.length <= crowded ? 'stroke' : 'fill');
      lane.path.setAttribute('d', d);
    };

    const drawAxis = () => {
      if (a === whole[0] && b === whole[1]) {
        axis.replaceChildren(...marks.map((e) => e.cloneNode(true)));
        return;
      }
      axis.replaceChildren();
      const step = STEPS.find((s) => (b - a) / s <= 9) || (b - a);
      const shift = offset(a);
      let i = 0;
      // Weeks start on Monday; 1970 began on a Thursday.
      const base = step % (7 * DAY) === 0 ? 4 * DAY : 0;
      for (let t = Math.ceil((a + shift - base) / step) * step + base - shift; t <= b; t += step, i++) {
        const p = parts(t), x = per(t);
        const day = Number(p.day) + ' ' + MONTHS[p.month - 1];
        let text = step >= 30 * DAY ? MONTHS[p.month - 1] + ' ' + p.year : day;
        if (step < DAY) text = p.hour + ':' + p.minute + (step < MINUTE ? ':' + p.second : '');
        if (step < DAY && (i === 0 || (p.hour === '00' && p.minute === '00'))) text = day + ' ' + text;
        const anchor = x < 4 ? 'start' : x > 96 ? 'end' : 'middle';
        const label = svgMake('text', { class: i % 2 ? 'tick t2' : 'tick', x: x + '%', y: bottom + 15, 'text-anchor': anchor });
        label.textContent = text;
        axis.append(svgMake('line', { class: 'grid', x1: x + '%', x2: x + '%', y1: top, y2: bottom }), label);
      }
    };

    const draw = () => {
      for (const e of all(svg, '[data-t]')) {
        const x = per(Number(e.dataset.t));
        e.style.display = x < 0 || x > 100 ? 'none' : '';
        for (const name of e.tagName === 'line' ? ['x1', 'x2'] : ['x']) e.setAttribute(name, x + '%');
      }
      for (const e of all(svg, '[data-a]')) {
        const x = Math.max(0, per(Number(e.dataset.a))), end = Math.min(100, per(Number(e.dataset.b)));
        e.style.display = end <= x ? 'none' : '';
        e.setAttribute('x', x + '%');
        e.setAttribute('width', Math.max(0, end - x) + '%');
      }
      lanes.forEach(drawLane);
      drawAxis();
      readout.textContent = a === whole[0] && b === whole[1] ? '' : 'Showing ' + instant(a) + ' to ' + instant(b);
    };
    const show = (from, to) => {
      const span = Math.max(10 * SECOND, Math.min(to - from, whole[1] - whole[0]));
      a = Math.max(whole[0], Math.min(from, whole[1] - span));
      b = a + span;
      draw();
    };
    const by = (zoom, move) => {
      const middle = (a + b) / 2 + move * (b - a), half = ((b - a) / 2) * zoom;
      show(middle - half, middle + half);
    };

    const tools = box.querySelector('.tools');
    for (const [text, act] of [['Zoom in', () => by(0.5, 0)], ['Zoom out', () => by(2, 0)], ['Earlier', () => by(1, -0.5)],
      ['Later', () => by(1, 0.5)], ['Whole time', () => show(...whole)]]) {
      const button = make('button', text, { type: 'button' });
      button.addEventListener('click', act);
      tools.append(button);
    }
    tools.hidden = false;

    const cursor = svgMake('line', { class: 'cursor', y1: top, y2: bottom, visibility: 'hidden' });
    const pick = svgMake('rect', { class: 'pick', y: top, height: bottom - top, visibility: 'hidden' });
    svg.append(pick, cursor);
    const timeAt = (event) => {
      const r = svg.getBoundingClientRect();
      return a + (Math.max(0, Math.min(1, (event.clientX - r.left) / r.width))) * (b - a);
    };
    let from = null;
    svg.addEventListener('pointerdown', (event) => {
      if (event.button !== 0 || event.pointerType === 'touch') return;
      from = timeAt(event);
      svg.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    svg.addEventListener('pointermove', (event) => {
      const at = timeAt(event);
      if (from !== null) {
        const lo = Math.min(from, at), hi = Math.max(from, at);
        pick.setAttribute('x', per(lo) + '%');
        pick.setAttribute('width', per(hi) - per(lo) + '%');
        pick.setAttribute('visibility', 'visible');
        readout.textContent = instant(lo) + ' to ' + instant(hi);
        return;
      }
      cursor.setAttribute('x1', per(at) + '%');
      cursor.setAttribute('x2', per(at) + '%');
      cursor.setAttribute('visibility', 'visible');
      const lane = lanes.find((l) => {
        const r = l.box.getBoundingClientRect();
        return event.clientY >= r.top && event.clientY <= r.bottom;
      });
      let text = instant(at);
      if (lane) {
        const i = lower(lane.ticks, at);
        const near = [lane.ticks[i - 1], lane.ticks[i]].filter((t) => t !== undefined)
          .sort((x, y) => Math.abs(x - at) - Math.abs(y - at))[0];
        const reach = ((b - a) / svg.getBoundingClientRect().width) * 8;
        if (near !== undefined && Math.abs(near - at) <= reach) {
          const n = lower(lane.ticks, at + reach) - lower(lane.ticks, at - reach);
          text = lane.name + ': lookup at ' + instant(near) + (n > 1 ? ', ' + n + ' lookups close to the pointer' : '');
        }
      }
      readout.textContent = text;
    });
    const end = (event) => {
      if (from === null) return;
      const at = timeAt(event), width = svg.getBoundingClientRect().width;
      const lo = Math.min(from, at), hi = Math.max(from, at);
      from = null;
      pick.setAttribute('visibility', 'hidden');
      if (((hi - lo) / (b - a)) * width > 6) show(lo, hi);
    };
    svg.addEventListener('pointerup', end);
    svg.addEventListener('pointercancel', () => { from = null; pick.setAttribute('visibility', 'hidden'); });
    svg.addEventListener('pointerleave', () => cursor.setAttribute('visibility', 'hidden'));
    svg.addEventListener('dblclick', () => show(...whole));
  };

  all(document, '.tools[data-for]').forEach(sortable);
  all(document, '.timeline-box').forEach(timeline);

  // Paper has no disclosures.
  let closed = [];
  addEventListener('beforeprint', () => {
    closed = all(document, 'details:not([open])').filter((d) => !d.closest('.others'));
    closed.forEach((d) => { d.open = true; });
  });
  addEventListener('afterprint', () => closed.forEach((d) => { d.open = false; }));
  document.documentElement.dataset.ready = 'yes';
})();
