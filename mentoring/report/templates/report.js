/* What the page does beyond being read. Without it nothing is missing: tables stand in their order, figures are pictures, folds open by themselves in print. */
(function () {
  "use strict";
  var wide = window.matchMedia("(min-width: 68rem)"), toc = document.getElementById("toc");

  function make(name, attributes, parent) {
    var element = document.createElement(name);
    Object.keys(attributes || {}).forEach(function (key) { element.setAttribute(key, attributes[key]); });
    if (parent) { parent.appendChild(element); }
    return element;
  }

  /* The contents stand open where there is room for them. */
  function openContents() { toc.open = wide.matches; }
  openContents();
  wide.addEventListener("change", openContents);
  toc.addEventListener("click", function (event) { if (event.target.tagName === "A" && !wide.matches) { toc.open = false; } });

  /* A link into a fold opens it; in print all stand open. */
  function openTarget() {
    var target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (var fold = target; fold; fold = fold.parentElement) { if (fold.tagName === "DETAILS") { fold.open = true; } }
    if (target) { target.scrollIntoView(); }
  }
  window.addEventListener("hashchange", openTarget);
  openTarget();
  window.addEventListener("beforeprint", function () { document.querySelectorAll("details.fold").forEach(function (fold) { fold.open = true; }); });

  /* Tables are sorted by a button in each head; a third press gives back the order they came in. */
  function value(cell) {
    var text = cell.textContent.trim(), number = /^[<>]?\s*([−-]?[\d,]*\.?\d+)/.exec(text);
    if (text === "—" || text === "") { return null; }
    return number ? parseFloat(number[1].replace("−", "-").replace(/,/g, "")) : text.toLowerCase();
  }
  function compare(a, b) {
    if (a === null || b === null) { return a === b ? 0 : a === null ? 1 : -1; }
    if (typeof a !== typeof b) { return typeof a === "number" ? -1 : 1; }
    return a < b ? -1 : a > b ? 1 : 0;
  }
  document.querySelectorAll(".scroll table").forEach(function (table) {
    var body = table.tBodies[0], rows = Array.prototype.slice.call(body ? body.rows : []);
    if (rows.length < 6 || body.querySelector("tr.part")) { return; }
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (head, column) {
      var button = make("button", {type: "button", "class": "sort"});
      while (head.firstChild) { button.appendChild(head.firstChild); }
      head.appendChild(button);
      button.addEventListener("click", function () {
        var before = head.getAttribute("aria-sort"), now = before === "ascending" ? "descending" : before === "descending" ? null : "ascending";
        Array.prototype.forEach.call(table.tHead.rows[0].cells, function (other) { other.removeAttribute("aria-sort"); });
        if (now) { head.setAttribute("aria-sort", now); }
        rows.slice().sort(function (a, b) {
          if (!now) { return 0; }
          var x = value(a.cells[column]), y = value(b.cells[column]);
          return x === null || y === null ? compare(x, y) : (now === "ascending" ? 1 : -1) * compare(x, y);
        }).forEach(function (row) { body.appendChild(row); });
      });
    });
  });

  /* Numbers over the intervals of a figure, by pointer and by keyboard. */
  var data = JSON.parse(document.getElementById("figure-data").textContent);
  Object.keys(data).forEach(function (name) {
    var figure = document.getElementById("fig:" + name), image = figure && figure.querySelector("img");
    if (!image) { return; }
    if (data[name].tips) { tips(image, data[name].tips); }
    if (data[name].surface) { surface(figure, image, data[name].surface); }
  });

  function tips(image, marks) {
    var frame = make("span", {"class": "marked"}), said = make("span", {"class": "tip", hidden: ""});
    image.parentNode.insertBefore(frame, image);
    frame.appendChild(image);
    frame.style.maxWidth = image.style.maxWidth;
    marks.forEach(function (mark) {
      var spot = make("button", {type: "button", "class": "mark", "aria-label": mark.text}, frame);
      spot.style.left = 100 * mark.x + "%"; spot.style.width = 100 * mark.w + "%";
      spot.style.top = 100 * mark.y + "%"; spot.style.height = 100 * mark.h + "%";
      function show() { said.textContent = mark.text; said.style.top = 100 * (mark.y + mark.h) + "%"; said.style.left = 100 * Math.min(mark.x, 0.5) + "%"; said.hidden = false; }
      function hide() { said.hidden = true; }
      spot.addEventListener("mouseenter", show); spot.addEventListener("focus", show); spot.addEventListener("click", show);
      spot.addEventListener("mouseleave", hide); spot.addEventListener("blur", hide);
      spot.addEventListener("keydown", function (event) { if (event.key === "Escape") { hide(); } });
    });
    frame.appendChild(said);
  }

  /* A surface to turn: drag it, or use the arrow keys. The picture it stands for is shown in print. */
  function surface(figure, image, s) {
    var box = make("div", {"class": "turn"}), canvas = make("canvas", {width: 1100, height: 820, tabindex: "0", role: "img",
      "aria-label": image.alt + " Turn it with the arrow keys; Home brings it back."}, box), pen = canvas.getContext("2d");
    var hint = make("p", {"class": "hint"}, box), turn = 0, tilt = 0, held = null;
    hint.textContent = "Drag to turn, or use the arrow keys. Home brings it back.";
    image.parentNode.insertBefore(box, image);
    image.classList.add("twin");
    function home() { turn = 0.55; tilt = 0.45; }
    function low(values) { return Math.min.apply(null, values); }
    function high(values) { return Math.max.apply(null, values); }
    var flat = [].concat.apply([], s.rings);
    function all(n) { return flat.map(function (p) { return p[n]; }); }
    var x0 = low(all(0)), x1 = high(all(0)), y0 = low(all(1)), y1 = high(all(1)), z0 = low(all(2)), z1 = high(all(2));
    function place(x, y, z) {
      var u = 2 * (x - x0) / (x1 - x0) - 1, v = 2 * (y - y0) / (y1 - y0) - 1, w = 1.3 * ((z - z0) / ((z1 - z0) || 1)) - 0.65;
      var a = u * Math.cos(turn) - v * Math.sin(turn), b = -u * Math.sin(turn) - v * Math.cos(turn);
      return {x: 550 + 290 * a, y: 420 + 290 * (b * Math.sin(tilt) - w * Math.cos(tilt)), depth: b * Math.cos(tilt) + w * Math.sin(tilt)};
    }
    function colour(z) {
      var stops = s.faded ? [[245, 245, 245], [215, 215, 215], [175, 175, 175], [135, 135, 135], [95, 95, 95]] :
        [[251, 247, 233], [207, 224, 195], [127, 181, 168], [51, 120, 143], [23, 58, 94]];
      var t = 4 * (z - z0) / ((z1 - z0) || 1), n = Math.min(3, Math.floor(t)), f = t - n;
      return "rgb(" + stops[n].map(function (c, i) { return Math.round(c + f * (stops[n + 1][i] - c)); }).join(",") + ")";
    }
    function line(points, style, dash) {
      pen.strokeStyle = style; pen.setLineDash(dash || []); pen.beginPath();
      points.forEach(function (p, i) { if (i) { pen.lineTo(p.x, p.y); } else { pen.moveTo(p.x, p.y); } });
      pen.stroke(); pen.setLineDash([]);
    }
    function label(text, p, bold) { pen.font = (bold ? "bold " : "") + "24px sans-serif"; pen.fillStyle = "#1f2328"; pen.fillText(text, p.x, p.y); }
    function draw() {
      pen.fillStyle = "#ffffff"; pen.fillRect(0, 0, canvas.width, canvas.height); pen.textAlign = "center"; pen.lineWidth = 1.5;
      line([place(x0, y0, z0), place(x1, y0, z0), place(x1, y1, z0), place(x0, y1, z0), place(x0, y0, z0)], "#8b949e");
      line([place(x1, y1, z0), place(x1, y1, z1)], "#8b949e");
      var faces = [];
      s.rings.slice(1).forEach(function (ring, i) {
        ring.forEach(function (here, j) {
          var next = (j + 1) % ring.length, corners = [here, ring[next], s.rings[i][next], s.rings[i][j]];
          var at = corners.map(function (c) { return place(c[0], c[1], c[2]); });
          faces.push({at: at, depth: (at[0].depth + at[1].depth + at[2].depth + at[3].depth) / 4, z: (here[2] + corners[2][2]) / 2});
        });
      });
      faces.sort(function (a, b) { return a.depth - b.depth; }).forEach(function (face) {
        pen.beginPath(); face.at.forEach(function (p, i) { if (i) { pen.lineTo(p.x, p.y); } else { pen.moveTo(p.x, p.y); } });
        pen.closePath(); pen.fillStyle = pen.strokeStyle = colour(face.z); pen.lineWidth = 1; pen.fill(); pen.stroke();
      });
      pen.lineWidth = 3;
      s.lines.forEach(function (one) { line(one.points.map(function (p) { return place(p[0], p[1], p[2]); }), "#9a3412", one.dashed ? [12, 8] : []); });
      [[x0, y0], [x1, y0]].forEach(function (p) { label(p[0].toFixed(1), place(p[0], p[1] - 0.10 * (y1 - y0), z0)); });
      [[x0, y0], [x0, y1]].forEach(function (p) { label(p[1].toFixed(1), place(p[0] - 0.12 * (x1 - x0), p[1], z0)); });
      label(s.labels[0], place((x0 + x1) / 2, y0 - 0.24 * (y1 - y0), z0), true);
      label(s.labels[1], place(x0 - 0.24 * (x1 - x0), (y0 + y1) / 2, z0), true);
      label(z0.toFixed(1), place(x1 + 0.10 * (x1 - x0), y1, z0)); label(z1.toFixed(1), place(x1 + 0.10 * (x1 - x0), y1, z1));
      pen.textAlign = "left"; label("Height: " + s.labels[2], {x: 20, y: 36}, true);
    }
    function move(across, down) { turn += across; tilt = Math.max(0, Math.min(1.5, tilt + down)); draw(); }
    canvas.addEventListener("pointerdown", function (event) { held = [event.clientX, event.clientY]; canvas.setPointerCapture(event.pointerId); });
    canvas.addEventListener("pointermove", function (event) {
      if (!held) { return; }
      move((event.clientX - held[0]) / 150, (event.clientY - held[1]) / 150);
      held = [event.clientX, event.clientY];
    });
    canvas.addEventListener("pointerup", function () { held = null; });
    canvas.addEventListener("keydown", function (event) {
      var steps = {ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.07], ArrowDown: [0, -0.07]}[event.key];
      if (event.key === "Home") { home(); draw(); event.preventDefault(); }
      if (steps) { move(steps[0], steps[1]); event.preventDefault(); }
    });
    home();
    draw();
  }
})();
