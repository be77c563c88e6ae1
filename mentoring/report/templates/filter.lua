-- The report's own pandoc filter. It turns fenced HTML tables into real tables, numbers figures and tables, resolves @fig:x and
-- @tbl:x before citeproc sees them, gives every picture its alt text, and dresses the containers of each output format.

local numbers, counts = {}, {fig = 0, tbl = 0}
local words = {fig = "Figure", tbl = "Table"}
local html, typst, docx = FORMAT:match("html") ~= nil, FORMAT == "typst", FORMAT == "docx"

-- Tables of up to so many rows are not divided between two pages.
local WHOLE = 20

local function kind(id) return id and id:match("^(%a+):") end

-- User text may hold anything; inside a Typst string only these two need care.
local function quoted(text) return '"' .. text:gsub("\\", "\\\\"):gsub('"', '\\"'):gsub("\n", " ") .. '"' end

local function real_table(raw)
  if raw.format == "html" and raw.text:match("^<table") then return pandoc.read(raw.text, "html").blocks end
end

local function number(element, what)
  counts[what] = counts[what] + 1
  numbers[element.identifier] = counts[what]
  local caption = element.caption
  local blocks = pandoc.Blocks(caption.long or {})
  if #blocks == 0 then blocks:insert(pandoc.Plain{}) end
  local label = pandoc.Strong{pandoc.Str(words[what] .. " " .. counts[what])}
  if what == "tbl" then
    blocks[1].content = pandoc.Inlines{label, pandoc.Str(". "), pandoc.Emph(blocks[1].content)}
  else
    blocks[1].content = pandoc.Inlines{label, pandoc.Str(". ")} .. blocks[1].content
  end
  caption.long = blocks
  element.caption = caption
  return element
end

local function image(i)
  local alt = i.attributes.alt or pandoc.utils.stringify(i.caption)
  i.attributes.alt = nil
  if docx then i.src = i.src:gsub("%.svg$", ".png") end
  local small = i.classes:includes("strip") and (docx and "6.6cm" or "7.4cm") or i.classes:includes("spark") and (docx and "2.2cm" or "2.5cm")
  local width = small or i.attributes.width or "165mm"
  if typst then
    return pandoc.RawInline("typst", string.format("#image(%s, alt: %s, width: %s)", quoted(i.src), quoted(alt), width))
  end
  i.caption = pandoc.Inlines{pandoc.Str(alt)}
  i.attributes.width = docx and width or nil
  -- On the screen a figure may be a quarter larger than in print, and never larger than the page.
  if html and not small then
    i.attributes.style = "max-width: " .. math.floor(1.25 * tonumber(width:match("[%d.]+"))) .. "mm"
  end
  return i
end

-- Word and PDF size a table by its columns: many columns need small type, and words need more room than numbers.
local function columns_of(t)
  local longest, words_of, total = {}, {}, 0
  local function look(rows)
    for _, row in ipairs(rows) do
      -- The head of a part runs over all columns.
      for n, cell in ipairs(row.cells) do
        local text = pandoc.utils.stringify(cell.contents)
        local size = cell.col_span == 1 and utf8.len(text) or 1
        -- In a table of many columns, words for small counts may take two lines.
        if docx and #row.cells > 9 and text:match("^fewer than ") then size = 8 end
        longest[n] = math.max(longest[n] or 3, size)
        for word in text:gmatch("%S+") do words_of[n] = math.max(words_of[n] or 3, cell.col_span == 1 and utf8.len(word) or 1) end
      end
    end
  end
  look(t.head.rows)
  for _, body in ipairs(t.bodies) do look(body.body) end
  local specs = t.colspecs
  -- Words may wrap, numbers may not.
  -- The head is bold, so it is wider than its letters count.
  for _, row in ipairs(t.head.rows) do
    for n, cell in ipairs(row.cells) do longest[n] = math.max(longest[n] or 3, (docx and 1.25 or 1.15) * (utf8.len(pandoc.utils.stringify(cell.contents)) or 1)) end
  end
  for n, spec in ipairs(specs) do
    longest[n] = (spec[1] == pandoc.AlignRight and math.min(longest[n] or 3, 40) or math.min(longest[n] or 3, docx and 30 or 44)) + (docx and 3.5 or 2)
    total = total + longest[n]
  end
  -- Where there is too little room, words give way, down to the longest of them: a word broken in two cannot be read.
  local room, giving, wanted = docx and 112 or 125, 0, total
  for n, spec in ipairs(specs) do if spec[1] ~= pandoc.AlignRight then giving = giving + longest[n] end end
  if total > room and giving > 0 then
    local keep = math.max(0.6, 1 - (total - room) / giving)
    total = 0
    for n, spec in ipairs(specs) do
      if spec[1] ~= pandoc.AlignRight then longest[n] = math.max(longest[n] * keep, math.min(longest[n], (words_of[n] or 3) + (docx and 5 or 2))) end
      total = total + longest[n]
    end
  end
  for n, spec in ipairs(specs) do specs[n] = {spec[1], longest[n] / total} end
  t.colspecs = specs
  return wanted
end

-- Attributes are given as a list: Lua walks a table of names in a different order each time.
local function dress_table(t)
  local number_of = numbers[t.identifier]
  if t.classes:includes("answers") then
    if docx then
      return t:walk{Plain = function(p) return pandoc.Div({pandoc.Para(p.content)}, pandoc.Attr("", {}, {{"custom-style", "Answer Row"}})) end}
    end
    if html then return t end
    return {pandoc.RawBlock("typst", "#answer-rows["), t, pandoc.RawBlock("typst", "]")}
  end
  if html then
    local label = "Table " .. (number_of or "")
    return pandoc.Div({t}, pandoc.Attr("", {"scroll"}, {{"role", "region"}, {"tabindex", "0"}, {"aria-label", label .. ", scrolls sideways"}}))
  end
  local width = columns_of(t)
  if typst then
    local size = width > 130 and "7pt" or width > 105 and "7.6pt" or "8.4pt"
    return {pandoc.RawBlock("typst", "#[#set text(size: " .. size .. ")"), t, pandoc.RawBlock("typst", "]")}
  end
  return t
end

-- A short table stays on one page, and its note with it: a figure that goes to the top of a page must not come between the two.
local function with_notes(blocks)
  local out = pandoc.Blocks{}
  for n, block in ipairs(blocks) do
    local before = blocks[n - 1]
    if block.t == "Table" and kind(block.identifier) == "tbl" then
      local rows, after = 0, blocks[n + 1]
      for _, body in ipairs(block.bodies) do rows = rows + #body.body end
      local noted = after and after.t == "Div" and after.classes:includes("note")
      local inside = pandoc.Blocks{block}
      if noted then inside:insert(after) end
      out:insert(pandoc.Div(inside, pandoc.Attr("", {rows <= WHOLE and "whole" or "long-table"})))
    elseif not (block.t == "Div" and block.classes:includes("note") and before and before.t == "Table" and kind(before.identifier) == "tbl") then
      out:insert(block)
    end
  end
  return out
end

local function is_strip(block)
  local found = false
  pandoc.walk_block(block, {Image = function(i) if i.classes:includes("strip") then found = true end end,
    RawInline = function(r) if r.text:match("^#image") then found = true end end})
  return found
end

-- Words at the left, the picture at the right.
local function dress_card(d)
  local words_side, picture_side = pandoc.Blocks{}, pandoc.Blocks{}
  for _, block in ipairs(d.content) do
    if is_strip(block) then picture_side:insert(block) else words_side:insert(block) end
  end
  if html then
    local inside = pandoc.Blocks{pandoc.Div(words_side, pandoc.Attr("", {"said"}))}
    if #picture_side > 0 then inside:insert(pandoc.Div(picture_side, pandoc.Attr("", {"seen"}))) end
    d.content = inside
    return d
  end
  if typst then
    local blocks = pandoc.Blocks{pandoc.RawBlock("typst", "#answer-card(" .. (#picture_side > 0 and "true" or "false") .. ")[")}
    blocks:extend(words_side)
    blocks:insert(pandoc.RawBlock("typst", "]["))
    blocks:extend(picture_side)
    blocks:insert(pandoc.RawBlock("typst", "]"))
    return blocks
  end
end

local typst_boxes = {synthetic = "synthetic-box", note = "table-note", lead = "lead-text", verdict = "verdict-box", formula = "formula-box", small = "small-text"}
local word_styles = {synthetic = "Synthetic", note = "Table Note", lead = "Lead", verdict = "Verdict", formula = "Formula", small = "Small"}

-- The table of contents: the PDF has one of its own with page numbers; Word gets links, since its own would stay empty until somebody refreshes it.
local function contents(doc)
  if typst then return {pandoc.RawBlock("typst", '#outline(title: [Contents], depth: 2)\n#pagebreak(weak: true)')} end
  if html then return {} end
  local items, inside = pandoc.List{}, nil
  for _, block in ipairs(doc.blocks) do
    if block.t == "Header" and not block.classes:includes("unlisted") and block.level <= 2 then
      local entry = pandoc.Plain{pandoc.Link(block.content, "#" .. block.identifier)}
      if block.level == 1 then inside = pandoc.List{}; items:insert({entry, inside}) elseif inside then inside:insert({entry}) end
    end
  end
  local list = pandoc.List{}
  for _, item in ipairs(items) do
    list:insert(#item[2] > 0 and pandoc.Blocks{item[1], pandoc.BulletList(item[2])} or pandoc.Blocks{item[1]})
  end
  return {pandoc.Div({pandoc.Para{pandoc.Strong{pandoc.Str("Contents")}}, pandoc.BulletList(list)}, pandoc.Attr("", {}, {{"custom-style", "Small"}})),
    pandoc.RawBlock("openxml", '<w:p><w:r><w:br w:type="page"/></w:r></w:p>')}
end

-- A table of very many rows is shown on the screen only; in print its number, its title and its file stand for it.
local function long(d)
  if html then return d.content end
  local said
  for _, block in ipairs(d.content) do
    local t = block.t == "Table" and block or nil
    if t then
      local caption = pandoc.Inlines(t.caption.long[1].content)
      caption:extend{pandoc.Str(". "), pandoc.Str(d.attributes.rows .. " rows: "), pandoc.Code(d.attributes.file), pandoc.Str(", and in the HTML report.")}
      said = pandoc.Div({pandoc.Para(caption)}, pandoc.Attr(t.identifier))
    end
  end
  return said
end

local function fold(d)
  if not html then return d.content end
  local summary = d.attributes.summary:gsub("&", "&amp;"):gsub("<", "&lt;"):gsub(">", "&gt;")
  local blocks = pandoc.Blocks{pandoc.RawBlock("html", "<details class=\"fold\"><summary>" .. summary .. "</summary>")}
  blocks:extend(d.content)
  blocks:insert(pandoc.RawBlock("html", "</details>"))
  return blocks
end

local function dress_div(d)
  if d.classes:includes("fold") then return fold(d) end
  if d.classes:includes("whole") or d.classes:includes("long-table") then
    local blocks = pandoc.Blocks{pandoc.RawBlock("typst", "#block(breakable: " .. (d.classes:includes("whole") and "false" or "true") .. ", width: 100%, above: 1.3em)[")}
    blocks:extend(d.content)
    blocks:insert(pandoc.RawBlock("typst", "]"))
    return blocks
  end
  if d.classes:includes("screen") then return html and d.content or {} end
  if d.classes:includes("paper") then return html and {} or d.content end
  if d.classes:includes("pagebreak") then
    local still = d.classes:includes("still") and "\n#show figure.where(kind: image): set figure(placement: none)" or ""
    if typst then return pandoc.RawBlock("typst", "#pagebreak(weak: true)" .. still) end
    if docx then return pandoc.RawBlock("openxml", '<w:p><w:r><w:br w:type="page"/></w:r></w:p>') end
  end
  if d.classes:includes("still") then return typst and pandoc.RawBlock("typst", "#show figure.where(kind: image): set figure(placement: none)") or {} end
  if d.classes:includes("answer") then return dress_card(d) end
  for _, class in ipairs(d.classes) do
    if typst and typst_boxes[class] then
      local blocks = pandoc.Blocks{pandoc.RawBlock("typst", "#" .. typst_boxes[class] .. "[")}
      blocks:extend(d.content)
      blocks:insert(pandoc.RawBlock("typst", "]"))
      return blocks
    end
    if docx and word_styles[class] then d.attributes["custom-style"] = word_styles[class]; return d end
  end
end

local function link_or_cite(c)
  local id = c.citations[1].id
  local what = kind(id)
  if what and words[what] then
    if not numbers[id] then error("unresolved cross-reference: @" .. id) end
    return pandoc.Link(words[what] .. "\u{a0}" .. numbers[id], "#" .. id)
  end
end

local function page_link(l)
  -- Word and PDF have no labels for links; the words themselves must do.
  if not html then l.attributes["aria-label"] = nil end
  return l
end

-- Word sets tight lists in the small type of tables.
local function loose(list)
  for _, item in ipairs(list.content) do for n, block in ipairs(item) do if block.t == "Plain" then item[n] = pandoc.Para(block.content) end end end
  return list
end

-- On a phone a figure keeps a readable size and scrolls in a box of its own.
local function scrolling(f)
  f.content = pandoc.Blocks{pandoc.Div(f.content, pandoc.Attr("", {"scroll"}, {{"role", "group"}, {"tabindex", "0"}, {"aria-label", "Figure " .. (numbers[f.identifier] or "")}}))}
  return f
end

local function one_deeper(h) h.level = h.level + 1; return h end

-- Every walk carries the whole report from Haskell to Lua and back, so each does all it can.
function Pandoc(doc)
  local first = {Image = image, Link = page_link}
  doc = doc:walk{RawBlock = function(r) local found = real_table(r); return found and found:walk(first) end, Image = image, Link = page_link}
  doc = doc:walk{traverse = "topdown",
    Figure = function(f) if kind(f.identifier) == "fig" then return number(f, "fig"), false end end,
    Table = function(t) if kind(t.identifier) == "tbl" then return number(t, "tbl"), false end end}
  local listed = contents(doc)
  doc = doc:walk{Cite = link_or_cite, Div = function(d)
    if d.classes:includes("long") then return long(d) end
    if d.classes:includes("contents") then return listed end
  end}
  if typst then doc = doc:walk{Blocks = with_notes} end
  return doc:walk{Table = dress_table, Div = dress_div, Figure = html and scrolling or nil, Header = html and one_deeper or nil,
    BulletList = docx and loose or nil}
end
