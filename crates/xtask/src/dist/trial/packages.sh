# README.md: the npm packages in an empty project, without a registry.
mkdir shop
mv ./*.tgz shop
cd shop
npm init -y >/dev/null
npm config set offline true
run npm
node --input-type=module -e "
  import { init } from '@wayside/tracker';
  if (typeof init !== 'function') throw new Error('@wayside/tracker has no init');
"
npm install ./wayside-testing-*.tgz ./wayside-tracker-*.tgz
node --input-type=module -e "
  import * as testing from '@wayside/testing';
  if (Object.keys(testing).length === 0) throw new Error('@wayside/testing is empty');
"
[ -s node_modules/@wayside/tracker/LICENSE ] || fail "the package has no licence"
