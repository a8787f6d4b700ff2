import pg from 'pg';

type Parser = (text: string) => unknown;
type Format = 'text' | 'binary';

const int8 = 20;
const int8Array = 1016;
const textArray = 1009;
const date = 1082;

/** The driver's type knows only the numbers that it names; servers send others too. */
const driverParser = pg.types.getTypeParser as (oid: number, format?: Format) => Parser;

const parseTextArray = driverParser(textArray) as (text: string) => string[];

/** Only for connections that ask for it: the driver's own table is shared by the whole process. */
const ours: Readonly<Record<number, Parser>> = {
  // As a number an amount beyond 2^53 would come back as another amount.
  [int8]: BigInt,
  [int8Array]: (text) => parseTextArray(text).map(BigInt),
  // The driver would make midnight in this process's own time zone of it.
  [date]: (text) => text,
};

export const columnTypes = {
  getTypeParser: (oid: number, format?: Format): Parser =>
    (format === 'binary' ? undefined : ours[oid]) ?? driverParser(oid, format),
};
