import numpy as np

from backpaint.reference.gram import gram_backward, gram_forward

# Two positions, two channels: (1, 3) and (2, 5).
X = np.array([[[1.0, 3.0], [2.0, 5.0]]])


def test_by_hand():
    np.testing.assert_array_equal(gram_forward(X), [[5, 13], [13, 34]])
    np.testing.assert_array_equal(gram_forward(X, 4.0), [[1.25, 3.25], [3.25, 8.5]])
    # gram[0, 1] = 1 * 3 + 2 * 5 changes by 3 and 5 with channel 0, by 1 and 2 with channel 1.
    grad_gram = np.array([[0.0, 1.0], [0.0, 0.0]])
    np.testing.assert_array_equal(gram_backward(grad_gram, X), [[[3, 1], [5, 2]]])
    np.testing.assert_array_equal(gram_backward(grad_gram, X, 4.0), [[[0.75, 0.25], [1.25, 0.5]]])


def test_position_does_not_matter():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((4, 5, 3))
    shuffled = rng.permutation(x.reshape(20, 3)).reshape(5, 4, 3)
    np.testing.assert_allclose(gram_forward(shuffled), gram_forward(x), rtol=1e-13)


def test_only_the_symmetric_part_of_a_gradient_counts():
    rng = np.random.default_rng(0)
    x, grad_gram = rng.standard_normal((4, 5, 3)), rng.standard_normal((3, 3))
    symmetric = (grad_gram + grad_gram.T) / 2
    np.testing.assert_allclose(
        gram_backward(grad_gram, x), gram_backward(symmetric, x), rtol=1e-12, atol=1e-14
    )
    assert (gram_forward(x) == gram_forward(x).T).all()
