"""From five shapes to one answer: the joint rule of congruence, in which no single number decides and silence is no evidence.

Each shape is *small* (its 90 % interval lies within the smallest effect that would matter), *shown* (told from zero, and not small), or
neither. Then, in this order:

1. all five small: `no effect`;
2. the joint test of all five does not reject a level plane: `inconclusive`;
3. the surface bends across mismatch (joint test of a4 and a5; then a4 shown), with its ridge on the line of congruence (a3 and a5
   small, and b4 of the other sign than a4): `strict congruence` when it falls off and level does not matter (a1 and a2 small), `broad congruence`
   when it falls off, `incongruence better` when it rises;
4. it bends, but the ridge is shown to lie elsewhere (joint test of a3 and a5, then a5, or a4 with a3, beyond what would be small; or b4 has a4's
   sign): `level-dependent`;
5. a4 and a5 small, and a1, a2 or a3 shown: `level effect only`;
6. anything else: `inconclusive`.

The joint tests come first so that many looks do not add up to more errors than one (closed testing: Marcus, Peritz & Gabriel 1976). That
the ridge lies on the line is shown by equivalence and not by an interval that holds p10 = 0 and p11 = 1: the latter would reward small
samples. Conditions: Humberg, Nestler & Back (2019).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

ALPHA = 0.05
SHOWN = ("positive", "negative")


def congruence_code(
    shapes: Mapping[str, str], whole_p: float, bend_p: float, ridge_p: float, b4: tuple[float, float], beyond: Collection[str]
) -> str:
    """The verdict of a congruence question.

    Parameters
    ----------
    shapes : dict
        a1 to a5 → `positive`, `negative` (shown), `negligible` (small), `inconclusive` or `not estimated`.
    whole_p, bend_p, ridge_p : float
        p of the joint tests of all five coefficients, of a4 and a5, and of a3 and a5.
    b4 : (estimate, p)
        Whether ridge or valley run along Y = X rather than across it.
    beyond : collection of str
        Shapes whose 95 % interval lies wholly beyond the smallest effect that would matter. To be told from zero is not enough for a ridge to be
        called elsewhere: by less than that it may lie off the line and still be on it for all purposes.
    """

    def small(*names: str) -> bool:
        return all(shapes[name] == "negligible" for name in names)

    def shown(*names: str) -> bool:
        return all(shapes[name] in SHOWN for name in names)

    if "not estimated" in shapes.values():
        return "not estimated"
    if small("a1", "a2", "a3", "a4", "a5"):
        return "no effect"
    if not whole_p < ALPHA:
        return "inconclusive"
    along = b4[1] < ALPHA and shown("a4") and (b4[0] > 0) == (shapes["a4"] == "negative")
    across = b4[1] < ALPHA and shown("a4") and not along
    if bend_p < ALPHA and along and small("a3", "a5"):
        if shapes["a4"] == "positive":
            return "incongruence better"
        return "strict congruence" if small("a1", "a2") else "broad congruence"
    elsewhere = ridge_p < ALPHA and ("a5" in beyond or ("a3" in beyond and shown("a4")))
    if bend_p < ALPHA and (elsewhere or across):
        return "level-dependent"
    if small("a4", "a5") and (shown("a1") or shown("a2") or shown("a3")):
        return "level effect only"
    return "inconclusive"
