import { z } from 'zod';
import { boxFormat, coordinates } from './box-options.config.ts';
import { pointInBoxDefaults } from './point-in-box.ts';

/** Options of the `point_in_box` reward. */
export const pointInBoxConfig = z.strictObject({
  referenceFormat: boxFormat.default(pointInBoxDefaults.referenceFormat),
  coordinates: coordinates.default(pointInBoxDefaults.coordinates),
  referenceCoordinates: coordinates.default(pointInBoxDefaults.referenceCoordinates),
});
