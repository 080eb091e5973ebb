"""A network whose first blocks run in bands: little memory for large pictures; see `cut.py`."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...engine.bands import Band
from ...engine.leases import Arena, host_block
from ...problem.pixels import NetworkInputMap
from ...problem.recipe import NetworkOptions
from ...problem.stages import Size, Stage
from ...scratch import array_in_file
from ...vgg import Layer
from ..convolution.convolutions import Convolutions
from ..convolution.tiles import clear_frame, interior
from ..network.block import Arriving, Block, Source
from ..network.features import LayerGradient
from ..network.maps import INPUT, Maps, features_receiver, maps_of, write_features
from ..network.network import Network, OnFeatures
from ..network.picture import carry_back_to_picture, write_picture
from ..network.pooling import Bools
from ..threads.stopwatch import Stopwatch
from ..threads.team import Team
from ..threads.workspace import Float32, Workspace
from .cut import CutBlock, blocks_of, cut_of
from .gradient import BandGradient, overlap
from .plan import BandedPlan, band_name, banded_plan, gradient_at, split

Picture = NDArray[np.float64]


@dataclass(frozen=True)
class _Seen:
    """A stage that has just run, of a band or of all rows.

    Attributes
    ----------
    stage : Stage
    block : Block
        Where its maps are.
    cut : CutBlock
    band : Band or None
        None: of all rows.
    """

    stage: Stage
    block: Block
    cut: CutBlock
    band: Band | None

    def band_of(self, layer: str) -> Band:
        """Return which rows of a layer there are."""
        if self.band is not None:
            return self.cut.band_of(layer, self.band)
        height = self.stage.size_of(layer)[0]
        return Band(0, height, 0, height)

    def features(self, layer: str) -> Float32:
        """View the rows of a layer that belong to the band, with a frame of neighbors."""
        kept = self.band_of(layer).kept
        return self.block.maps[layer][kept.start : kept.stop + 2]


class BandedNetwork:
    """A VGG's layers, ready to run on pictures of one size; see `Network`.

    Parameters
    ----------
    layers, convolutions, options, input_map, shape, taps, team, backward
        As for `Network`.
    blocks : int
        How many run in bands.  Where a gradient comes back, the last block of all is in one piece.
    scratch : str, optional
        A folder: what banded blocks put out, and the gradient there, lies in a file.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        convolutions: Convolutions,
        options: NetworkOptions,
        input_map: NetworkInputMap,
        shape: Size,
        taps: Collection[str],
        team: Team,
        *,
        blocks: int,
        backward: bool = True,
        scratch: str | None = None,
    ) -> None:
        self.input_map, self.options, self.stopwatch = input_map, options, Stopwatch()
        self._convolutions, self._team, self._goes_back = convolutions, team, backward
        self._cut = cut_of(layers, options, shape, taps, blocks)
        self._banded, self._body = split(self._cut, backward=backward)
        plan = banded_plan(self._cut, options, backward=backward, exact=convolutions.exact)
        self._arrays, self.nbytes = _allocated(plan, scratch)
        self.work = Workspace(plan.scratch, team.threads)
        self._networks = {
            (number, is_back): self._of_bands(number, backward=is_back)
            for number in range(len(self._banded))
            for is_back in (False, True)[: 1 + backward]
        }
        self._body_block = None if self._body is None else self._of_body(self._body)

    def forward(
        self,
        picture: Picture,
        on_features: OnFeatures,
        taps: Collection[str] | None = None,
    ) -> None:
        """Run the network on a picture, and hand out features band by band; see `Network`."""
        wanted = {name for cut in self._cut for name in cut.taps if taps is None or name in taps}
        for seen in self._run(picture, wanted):
            for layer in (layer for layer in seen.stage.layers if layer in wanted):
                with self.stopwatch.lap(layer, "terms"):
                    rows = seen.band_of(layer).rows
                    on_features(seen.stage, layer, seen.features(layer), rows)

    def first_non_finite(self, picture: Picture) -> str | None:
        """Return the name of the first convolution whose output is not finite; None if all are.

        Stages are looked at block by block, and within a block band by band.
        """
        found = {
            seen.stage.conv: seen.stage.number
            for seen in self._run(picture)
            if not seen.block.is_finite(seen.stage)
        }
        names = (layer.name for cut in self._cut for layer in cut.layers)
        return next((name for name in names if name in found), None)

    def decisions(self, picture: Picture) -> dict[str, Bools]:
        """Return what the ReLUs and max pools decide; see `Network.decisions`.

        Bands run as on the way back, since nothing tells forward where a gradient passes.
        """
        decisions: dict[str, Bools] = {}
        sizes = {layer.name: cut.size for cut in self._banded for layer in cut.layers}
        for seen in self._run(picture, backward=True):
            for layer, passes in seen.block.decisions(seen.stage).items():
                if seen.band is None:
                    decisions[layer] = passes
                    continue
                everything = decisions.setdefault(
                    layer, np.zeros((*sizes[layer], passes.shape[2]), np.bool_)
                )
                everything[seen.band.rows] = passes[seen.band.kept]
        return decisions

    def backward(
        self, picture: Picture, gradients: Mapping[str, LayerGradient]
    ) -> NDArray[np.float64]:
        """Carry the gradients of all terms back to the picture; see `Network.backward`."""
        gradient = np.zeros(picture.shape)
        if self._body_block is not None:
            receiver = features_receiver(self._gradient_at(len(self._banded) - 1), adds=False)
            self._body_block.carry_back(gradients, receiver)
        for number in reversed(range(len(self._banded))):
            self._carry_back(number, picture, gradients, gradient)
        return gradient

    def _carry_back(
        self,
        number: int,
        picture: Picture,
        gradients: Mapping[str, LayerGradient],
        gradient: Picture,
    ) -> None:
        """Carry gradients through a block in bands, each of which is computed again first."""
        cut = self._banded[number]
        if number > 0:
            self._gradient_at(number - 1)[...] = 0
        for band in cut.bands:
            block = self._networks[number, True][band.bottom - band.top]
            for _ in block.run(self._source(number, band, picture)):
                pass
            own = {
                name: BandGradient(gradients[name], cut.band_of(name, band)) for name in cut.taps
            }
            arriving = self._arriving(number, band)
            if number == 0:
                window, ends = gradient[band.window], band.ends(cut.size[0])
                carry_back_to_picture(block, own, window, self.input_map, arriving, ends)
            else:
                before = self._gradient_at(number - 1)[band.window]
                block.carry_back(own, features_receiver(before, adds=True), arriving)

    def _run(
        self, picture: Picture, wanted: Collection[str] | None = None, *, backward: bool = False
    ) -> Iterator[_Seen]:
        """Run stage by stage, as far as the last block with a wanted layer."""
        seen = [wanted is None or bool(cut.taps & set(wanted)) for cut in self._cut]
        last = max((number for number, is_seen in enumerate(seen) if is_seen), default=-1)
        for number, cut in enumerate(self._banded[: last + 1]):
            for band in cut.bands:
                block = self._networks[number, backward][band.bottom - band.top]
                for stage in block.run(self._source(number, band, picture)):
                    yield _Seen(stage, block, cut, band)
                self._keep(cut, band, block)
        if self._body is not None and self._body_block is not None and last + 1 == len(self._cut):
            for stage in self._body_block.run(_frame):
                yield _Seen(stage, self._body_block, self._body, None)

    def _keep(self, cut: CutBlock, band: Band, block: Block) -> None:
        """Take a band's rows of a block's output, if a later one will read them."""
        if cut.output in self._arrays:
            rows = cut.pooled_band(band)
            features = interior(block.maps[cut.output], rows.bottom - rows.top, cut.pooled[1])
            interior(self._arrays[cut.output], *cut.pooled)[rows.rows] = features[rows.kept]

    def _source(self, number: int, band: Band, picture: Picture) -> Source:
        """Write a band's window of a block's input."""
        if number == 0:
            return partial(write_picture, picture[band.window], self.input_map, self.options)
        before = self._banded[number - 1]
        features = interior(self._arrays[before.output], *before.pooled)
        return partial(write_features, features[band.window])

    def _arriving(self, number: int, band: Band) -> Arriving:
        """Add what has come back to a block's output, in the rows that belong to a band."""
        own = self._banded[number].pooled_band(band)
        gradient = self._gradient_at(number)

        def add(rows: slice, columns: slice, out: Float32) -> None:
            here, there = overlap(rows, own)
            if here.start < here.stop:
                out[here, : columns.stop - columns.start] += gradient[there, columns]

        return add

    def _gradient_at(self, number: int) -> Float32:
        """View the gradient at a block's output."""
        cut = self._banded[number]
        return interior(self._arrays[gradient_at(cut.output)], *cut.pooled)

    def _of_bands(self, number: int, *, backward: bool) -> dict[int, Block]:
        """Make the networks of a block's bands, one for each height, all in the same memory."""
        cut, exact = self._banded[number], self._convolutions.exact
        memory = self._arrays[band_name(number, backward=backward)]
        networks: dict[int, Block] = {}
        for band in cut.bands:
            stages = cut.stages(self.options, band)
            maps = maps_of(
                stages, self.options, backward=backward, exact=exact, allocate=lambda _: memory
            )
            networks[band.bottom - band.top] = self._block(stages, maps.arrays, backward=backward)
        return networks

    def _of_body(self, cut: CutBlock) -> Block:
        """Make the network of the last stages, which reads what the bands have put out."""
        maps = self._arrays | {INPUT: self._arrays[self._banded[-1].output]}
        return self._block(cut.stages(self.options, cut.bands[0]), maps, backward=True)

    def _block(self, stages: Sequence[Stage], maps: Maps, *, backward: bool) -> Block:
        return Block(
            stages,
            self._convolutions,
            self.options,
            maps,
            self._team,
            self.work,
            self.stopwatch,
            backward=backward,
        )


def _allocated(plan: BandedPlan, scratch: str | None) -> tuple[dict[str, NDArray[Any]], int]:
    """Make all arrays, and count those in memory."""
    if scratch is None:
        arena = Arena(plan.computing + plan.outputs, host_block)
        return arena.arrays, arena.nbytes
    arena = Arena(plan.computing, host_block)
    outputs = Arena(plan.outputs, lambda n: array_in_file(scratch, (n,), np.uint8))
    return arena.arrays | outputs.arrays, arena.nbytes


def _frame(framed: Float32, size: Size) -> None:
    """Write zeros around what is there already."""
    clear_frame(framed, *size)


AnyNetwork = Network | BandedNetwork


def network_of(
    layers: Sequence[Layer],
    convolutions: Convolutions,
    options: NetworkOptions,
    input_map: NetworkInputMap,
    shape: Size,
    taps: Collection[str],
    team: Team,
    *,
    blocks: int,
    backward: bool = True,
    scratch: str | None = None,
) -> AnyNetwork:
    """Make a network whose first blocks run in bands, if any; parameters are those of both.

    Where no gradient comes back, bands are computed once alone: then all blocks run in them.
    """
    common = (layers, convolutions, options, input_map, shape, taps, team)
    if blocks == 0:
        return Network(*common, backward=backward)
    if not backward:
        blocks = len(blocks_of(layers))
    return BandedNetwork(*common, blocks=blocks, backward=backward, scratch=scratch)
