from backpaint.cpu.threads.stopwatch import Lap, profile_table


def test_a_profile_is_a_line_a_lap_and_their_sum():
    laps = [Lap("conv1_1", "forward", 0.003, 6e8), Lap("relu1_1", "backward", 0.001, 0.0)]
    head, *rows = [line.split() for line in profile_table(laps).splitlines()]
    assert head == ["layer", "direction", "ms", "GFLOP/s", "share"]
    assert rows == [
        ["conv1_1", "forward", "3.0", "200", "75.0%"],
        ["relu1_1", "backward", "1.0", "25.0%"],
        ["all", "4.0"],
    ]
