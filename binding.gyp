{
  # What ships: npm builds this at install time. CMakeLists.txt is the development build of the same sources.
  "variables": {
    "addon_defines": [
      "NAPI_VERSION=9", "NODE_ADDON_API_DISABLE_DEPRECATED", "NAPI_DISABLE_CPP_EXCEPTIONS",
      # Nothing can be thrown in a worker that is being terminated. Without this, trying to ends the whole process.
      "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"
    ],
    "addon_cflags": [
      # -isystem, not include_dirs: warnings are errors here, and these headers are not ours to mend. GCC ignores a -I
      # of the same folder, such as node-gyp's. Absolute, since make runs in build/.
      "-isystem", "<!(node -p \"path.dirname(require.resolve('node-addon-api'))\")",
      "-isystem", "<(node_root_dir)/include/node",
      # After the -std of Node's common.gypi (gnu++17 in Node 20, gnu++20 later). The last one counts.
      "-std=c++20", "-fvisibility=hidden",
      "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion",
      # Only in a clone, where CMakeLists.txt is: a newer compiler's new warning must not break somebody's npm install.
      "<!@(test -e CMakeLists.txt && echo -Werror || true)"
    ]
  },
  "targets": [
    {
      "target_name": "epoll_reactor",
      "sources": ["<!@(ls native/*.cc)"],
      "defines": ["<@(addon_defines)"],
      "cflags_cc": ["<@(addon_cflags)"],
      # Never unloaded, though Node does that when the last worker thread ends that has loaded it: a thread may still be in
      # it, waiting for a disk.
      "ldflags": ["-Wl,-z,nodelete"]
    },
    {
      # An addon of its own: it needs the functions of OpenSSL in Node's executable. With -z now, loading it fails if one
      # is missing, and not the first call. In a folder of its own: node-gyp-build takes the first addon that it finds.
      "target_name": "epoll_reactor_tls",
      "product_dir": "<(PRODUCT_DIR)/tls",
      "sources": ["<!@(ls native/tls/*.cc)", "native/args.cc"],
      "include_dirs": ["native"],
      "defines": ["<@(addon_defines)"],
      "cflags_cc": ["<@(addon_cflags)"],
      "ldflags": ["-Wl,-z,nodelete", "-Wl,-z,now"]
    }
  ]
}
