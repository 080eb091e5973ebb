"""A run's records stay few, and keep what a curve must show."""

import msgspec

from backpaint.serve.studio.records import Records


def encoded(records):
    return [msgspec.json.decode(raw)[0] for raw in records.since(0, 10_000)]


def test_first_last_and_peaks_stay_when_the_list_is_thinned():
    records = Records(most=100)
    for number in range(1, 5001):
        loss = 1e9 if number == 1234 else 5000.0 - number
        records.add([number, number, loss, {}, 0.0, 0.0])
    kept = encoded(records)
    assert len(kept) <= 100
    assert (kept[0], kept[-1]) == (1, 5000)
    assert 1234 in kept
    assert kept == sorted(kept)
    assert records.last[0] == 5000


def test_a_place_in_the_list_is_good_for_one_edition():
    records = Records(most=4)
    for number in range(4):
        records.add([number, 0, 0.0, {}, 0.0, 0.0])
    assert records.edition == 0
    assert [msgspec.json.decode(raw)[0] for raw in records.since(1, 2)] == [1, 2]
    records.add([4, 0, 0.0, {}, 0.0, 0.0])
    assert records.edition == 1
