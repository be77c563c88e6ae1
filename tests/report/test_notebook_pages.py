"""Pages of notebooks: words for pictures, and tables that the keyboard can reach."""

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from mentoring.report.notebooks import _accessible, figure_words

PICTURE = new_output("display_data", data={"image/png": "eA==", "text/plain": "<Figure>"})


def test_a_picture_is_named_by_the_heading_it_stands_under():
    notebook = new_notebook(cells=[
        new_markdown_cell("# 01 · Meet the data"), new_code_cell("1", outputs=[PICTURE]),
        new_markdown_cell("More.\n\n## Does *it* fit?\n\nText."), new_code_cell("2", outputs=[new_output("stream", text="x")]),
        new_markdown_cell("Only text."), new_code_cell("3", outputs=[PICTURE, PICTURE]),
    ])  # fmt: skip
    nbformat.validate(notebook)
    words = figure_words(notebook)
    assert [text.rpartition(": ")[2] for text in words] == ["01 · Meet the data", "Does it fit?", "Does it fit?"]


def test_pages_are_mended_where_pandoc_leaves_something_out():
    page = '<div class="output display_data"><img src="a"></div><div class="output execute_result" data-x="1"><table><tr><th></th><th>n</th></tr></table></div>'
    mended = _accessible(page + '<img alt="kept" src="b"><a href="02_next.ipynb">Next</a>', ['say "it"'])
    assert mended.count('tabindex="0"') == 2 and '<img alt="say &quot;it&quot;" src="a">' in mended and '<img alt="kept" src="b">' in mended
    assert "<th></th>" not in mended and 'href="02_next.html"' in mended
