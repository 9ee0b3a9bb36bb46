import pytest
from django.utils import translation

from chat.templatetags.durations import duration


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.04, "0.0 s"), (4.26, "4.3 s"), (59, "59 s"), (60, "1 minute"), (16_182, "4 hours, 29 minutes")],
)
def test_a_duration_is_said_so_that_one_can_read_it(seconds, said):
    assert duration(seconds).replace("\xa0", " ") == said


def test_in_chinese_too():
    with translation.override("zh-hans"):
        assert duration(16_182).replace("\xa0", " ") == "4 小时，29 分钟"
