{
  "name": "@trimtab/app-{{name}}",
  "version": "0.1.0",
  "private": true,
  "license": "Apache-2.0",
  "type": "module",
  "exports": {
    ".": {
      "@trimtab/source": "./src/index.ts",
      "default": "./dist/index.js"
    }
  },
  "nx": {
    "tags": [
      "type:app",
      "platform:node"
    ]
  },
  "scripts": {
    "build": "node ../../tools/build.mjs .",
    "lint": "eslint .",
    "test": "node ../../tools/jest.mjs unit ."
  }
}
