"""The modules of the page, fetched all at once."""

import re
from pathlib import Path

import pytest

from chat.templatetags.modules import imported, imported_later, later_modules, preload_modules

STATIC = Path(__file__).resolve().parents[2] / "chat" / "static"


def test_every_module_that_the_page_needs_is_there_once():
    found = imported("chat/page/main.js")
    assert {"chat/page/chat.js", "chat/client/client.js", "chat/client/outbox.js"} <= set(found)
    assert len(found) == len(set(found))
    assert "chat/page/main.js" not in found


def test_an_import_over_several_lines_is_found(tmp_path, settings):
    settings.STATICFILES_DIRS = [tmp_path]
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "a.js").write_text('import {\n  one,\n  two,\n} from "./b.js"\nexport * from "../c.js"\n')
    (tmp_path / "x" / "b.js").write_text(
        'import "./a.js"\n// import "./not.js"\nconst lazy = () => import("./later.js")\n'
    )
    (tmp_path / "x" / "later.js").write_text('import "./latest.js"\nimport "./b.js"\n')
    (tmp_path / "x" / "latest.js").write_text("export const last = 1\n")
    (tmp_path / "c.js").write_text('const text = `\n  import x from "./no.js"`\nimport { y } from "library"\n')
    assert imported("x/a.js") == ["x/b.js", "c.js"]
    assert imported_later("x/a.js") == ["x/later.js", "x/latest.js"]


def test_a_module_that_is_not_there_is_told(tmp_path, settings):
    settings.STATICFILES_DIRS = [tmp_path]
    (tmp_path / "a.js").write_text('import "./missing.js"\n')
    with pytest.raises(FileNotFoundError, match=r"missing\.js"):
        imported("a.js")


def test_what_a_conversation_needs_comes_later():
    found = set(imported_later("chat/page/main.js"))
    assert {"chat/page/conversation_pane.js", "chat/page/timeline.js", "chat/page/group_panel.js"} <= found
    assert found.isdisjoint({"chat/page/main.js", *imported("chat/page/main.js")})
    links = later_modules("chat/page/main.js")
    assert all(f'<link rel="modulepreload" href="/static/{name}">' in links for name in found)


def test_no_module_is_forgotten():
    """What a module of the page imports, by whatever words, has its link, unless it is fetched later."""
    links = preload_modules("chat/page/main.js")
    for module in ("chat/page/main.js", *imported("chat/page/main.js")):
        source = (STATIC / module).read_text()
        targets = re.findall(r"""(?<!import\()["'](\.{1,2}/[\w./-]+\.js)["']""", source)
        for target in targets:
            name = (STATIC / module).parent.joinpath(target).resolve().relative_to(STATIC)
            assert f'<link rel="modulepreload" href="/static/{name}">' in links, (module, target)
