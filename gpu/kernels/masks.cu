// What the engine keeps of a forward pass instead of whole feature maps: one bit for each number
// that a ReLU let pass, and the number of each window's winner.  One thread works on the eight
// channels of a pixel whose bits share a byte.
#include "common.cuh"

enum { GROUP = 8, NONE = 4 };

// x = 0 where the bit of a number is not set.
extern "C" __global__ void keep_positive(const unsigned char* positive, real* x, long long groups) {
  long long group = thread_number();
  if (group >= groups) return;
  for (int k = 0; k < GROUP; k++)
    if (!(positive[group] >> k & 1)) x[group * GROUP + k] = real(0);
}

// The bits of what a convolution has left that does not write them itself.
extern "C" __global__ void note_positive(const real* x, unsigned char* positive, long long groups) {
  long long group = thread_number();
  if (group >= groups) return;
  int bits = 0;
  for (int k = 0; k < GROUP; k++) bits |= (wide(x[group * GROUP + k]) > wide(0)) << k;
  positive[group] = static_cast<unsigned char>(bits);
}

// 2x2 max pooling that also notes which pixel of its window was the first of the largest: 0 to 3 in
// reading order, NONE after a NaN, whose gradient goes nowhere.
extern "C" __global__ void max_pool_with_winners(const real* x, real* y, unsigned char* winners,
                                                 int height, int width, int channels, int rows,
                                                 int columns) {
  long long group = thread_number();
  if (group >= static_cast<long long>(rows) * columns * (channels / GROUP)) return;
  Place to = place_of(group * GROUP, columns, channels);
  for (int k = 0; k < GROUP; k++) {
    wide best = wide(0);
    int winner = -1;
    for (int pixel = 0; pixel < 4 && winner != NONE; pixel++) {
      int row = 2 * to.row + pixel / 2, column = 2 * to.column + pixel % 2;
      if (row >= height || column >= width) continue;
      wide value = wide(x[element_at(row, column, to.channel + k, width, channels)]);
      if (winner == -1 || value > best) {
        best = value;
        winner = pixel;
      }
      if (value != value) {
        best = value;
        winner = NONE;
      }
    }
    y[group * GROUP + k] = real(best);
    winners[group * GROUP + k] = static_cast<unsigned char>(winner);
  }
}

// Each window's gradient goes to its winner, 0 to the others and to what was dropped.  With
// `masks`, only where the ReLU below let a number pass.
extern "C" __global__ void unpool_to_winners(const real* grad_y, const unsigned char* winners,
                                             const unsigned char* positive, real* grad_x,
                                             int height, int width, int channels, int rows,
                                             int columns, int masks) {
  long long group = thread_number();
  if (group >= static_cast<long long>(height) * width * (channels / GROUP)) return;
  Place at = place_of(group * GROUP, width, channels);
  int row = at.row / 2, column = at.column / 2, pixel = at.row % 2 * 2 + at.column % 2;
  bool dropped = row >= rows || column >= columns;
  long long window = dropped ? 0 : element_at(row, column, at.channel, columns, channels);
  int passes = masks ? positive[group] : 255;
  for (int k = 0; k < GROUP; k++) {
    bool wins = !dropped && winners[window + k] == pixel && (passes >> k & 1);
    grad_x[group * GROUP + k] = wins ? grad_y[window + k] : real(0);
  }
}
