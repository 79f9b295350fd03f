// npm run convert -- FOLDER: brings a data folder of Keytrail's first format, a LevelDB, into today's.
import { convertLevelDb } from './convert-leveldb.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('Name the data folder: npm run convert -- FOLDER');
  process.exit(2);
}
try {
  const count = await convertLevelDb(folder);
  console.log(
    `Converted ${count} items. Once you have seen that all is there, delete ${folder}/table and ${folder}/owner.`,
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
