"""Protocol buffers, as much of them as Caffe's and ONNX' files need."""
