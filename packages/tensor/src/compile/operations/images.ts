import { defineAlike, type OperationCall, type OperationDefinitions, type Shape } from './define-operation.ts';
import { sameShape, withLength } from './shape-arithmetic.ts';

/** Operations on pictures, and on signals. */
export const images: OperationDefinitions = {
  ResizeBilinear: { signature: 'images: T, size: int32 -> resized_images: float32', shapes: resized },
  ResizeNearestNeighbor: { signature: 'images: T, size: int32 -> resized_images: T', shapes: resized },
  ResizeNearestNeighborGrad: { signature: 'grads: T, size: int32 -> output: T', shapes: resized },
  ResizeBilinearGrad: {
    signature: 'grads: float32, original_image: T -> output: T',
    shapes: ({ shape }) => [shape(1)],
  },
  CropAndResize: {
    signature: 'image: T, boxes: float32, box_ind: int32, crop_size: int32 -> crops: float32',
    shapes: ({ shape, constant }) => [[...shape(1).slice(0, 1), ...constant(3), ...shape(0).slice(3)]],
  },
  ...defineAlike('FFT IFFT', 'input: Tcomplex -> output: Tcomplex', sameShape),
  RFFT: {
    signature: 'input: Treal, fft_length: int32 -> output: Tcomplex=complex64',
    shapes: ({ shape, constant }) => [
      withLength(shape(0), shape(0).length - 1, Math.floor((constant(1)[0] ?? 0) / 2) + 1),
    ],
  },
  IRFFT: {
    signature: 'input: Tcomplex, fft_length: int32 -> output: Treal=float32',
    shapes: ({ shape, constant }) => [withLength(shape(0), shape(0).length - 1, constant(1)[0] ?? 0)],
  },
};

function resized({ shape, constant }: OperationCall): readonly Shape[] {
  return [[...shape(0).slice(0, 1), ...constant(1), ...shape(0).slice(3)]];
}
