import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/** A field of a message as it is on the wire: numbers, and bytes for texts and messages. */
export type WireMessage = Map<number, (number | bigint | Uint8Array)[]>;

/** Splits a TFRecord file and checks both sums of every record, by the definition of CRC-32C. */
export function readRecords(file: Buffer): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let offset = 0; offset < file.length; ) {
    const header = file.subarray(offset, offset + 8);
    const length = Number(header.readBigUInt64LE());
    const data = file.subarray(offset + 12, offset + 12 + length);
    check(file.readUInt32LE(offset + 8), header);
    check(file.readUInt32LE(offset + 12 + length), data);
    records.push(data);
    offset += 16 + length;
  }
  return records;
}

/** The fields of a message by number. */
export function readMessage(bytes: Uint8Array): WireMessage {
  const reader = new BinaryReader(bytes);
  const fields: WireMessage = new Map();
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const value =
      wireType === WireType.Varint
        ? BigInt(reader.int64())
        : wireType === WireType.Bit64
          ? reader.double()
          : wireType === WireType.Bit32
            ? reader.float()
            : reader.bytes();
    fields.set(number, [...(fields.get(number) ?? []), value]);
  }
  return fields;
}

function check(masked: number, data: Uint8Array): void {
  const rotated = (masked - 0xa282ead8) >>> 0;
  const stored = ((rotated << 15) | (rotated >>> 17)) >>> 0;
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  if (~crc >>> 0 !== stored) throw new Error('a sum does not match its data');
}
