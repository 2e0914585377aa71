"""Without knowing the dialler, a job is soon sent nearly as fast as by the best fixed numbers; no clock runs."""

from __future__ import annotations

import pytest

from bench.adapting import DIALLERS, LANES, ROWS, best, sent
from bpadmin.jobs.sending_speed import SendingSpeed, speed_told, speed_words


@pytest.mark.slow
@pytest.mark.parametrize("name", DIALLERS)
def test_the_second_half_is_nearly_as_fast_as_by_the_best_fixed_numbers(name: str) -> None:
    fastest = best(DIALLERS[name])
    found = sent(DIALLERS[name](), SendingSpeed(LANES, ROWS))

    assert found[0] >= 0.9 * fastest[0], (found, fastest)


def test_a_turn_goes_on_where_the_last_one_was_and_a_new_job_where_the_tenants_last_one_ended() -> None:
    made = DIALLERS["one after another"]()
    speed = SendingSpeed(LANES, ROWS)
    sent(made, speed, 400_000)
    kept = speed.kept()
    again = SendingSpeed.of(kept, {}, most_lanes=LANES, most_rows=ROWS)
    assert again.kept() == kept
    fresh = SendingSpeed.of({}, {"lanes": 3, "rows": 4000}, most_lanes=LANES, most_rows=ROWS)
    assert (fresh.lanes, fresh.rows) == (3, 4000)
    bounded = SendingSpeed.of({}, {"lanes": 8, "rows": 8000}, most_lanes=2, most_rows=500)
    assert (bounded.lanes, bounded.rows) == (2, 500)
    odd = SendingSpeed.of({"lanes": "many"}, {"rows": None}, most_lanes=2, most_rows=500)
    assert (odd.lanes, odd.rows) == (2, 500)


def test_it_is_told_in_one_sentence() -> None:
    kept = {"lanes": 4, "rows": 500, "latency": 0.2104}
    assert speed_words(kept) == "4 at a time, 500 rows each; the dialler answers in 210 ms"
    assert speed_told(kept) == {"at_a_time": 4, "rows_each": 500, "answer_ms": 210}
    assert speed_words({"lanes": 1, "rows": 0, "latency": 2.34}) == "1 at a time; the dialler answers in 2.3 s"
    assert (speed_words({}), speed_told({})) == ("", None)
