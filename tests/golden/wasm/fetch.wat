(func $fetch (export "fetch") (param $va i64) (result i64 i64)
  (local $v0 i64)
  (local $v1 i64)
  (local $v2 i64)
  (local $v3 i64)
  (local $v4 i64)
  (local $v5 i64)
  (local $v6 i64)
  (local $v7 i64)
  (local $v8 i64)
  (local $v9 i64)
  (local $v10 i64)
  i32.const 0
  i64.load offset=264
  local.set $v0
  local.get $va
  i64.const 0
  local.get $v0
  call $translate
  local.set $v2
  local.tee $v1
  i64.const 0
  i64.ne
  if
    local.get $v1
    i64.const 0
    return
  end
  local.get $v2
  local.get $v2
  i64.const 4
  i64.add
  i64.const 1
  i64.sub
  i64.const 0
  local.get $v0
  call $pmp_check
  local.tee $v3
  i64.const 1
  i64.ne
  if
    i64.const 1
    i64.const 0
    return
  end
  local.get $v2
  i64.const 0xfffffffffffff000
  i64.and
  local.tee $v4
  i32.const 0
  i64.load offset=1016
  i64.sub
  local.tee $v5
  i32.const 0
  i64.load offset=1024
  i64.lt_u
  i64.const 0x1000
  i32.const 0
  i64.load offset=1024
  local.get $v5
  i64.sub
  i64.le_u
  i32.and
  if
    local.get $v4
    local.get $v4
    i64.const 0xfff
    i64.add
    i64.const 0
    local.get $v0
    call $pmp_check
    local.tee $v6
    i64.const 1
    i64.eq
    if
    end
  end
  local.get $v2
  i32.const 0
  i64.load offset=1016
  i64.sub
  local.tee $v7
  i32.const 0
  i64.load offset=1024
  i64.lt_u
  i64.const 4
  i32.const 0
  i64.load offset=1024
  local.get $v7
  i64.sub
  i64.le_u
  i32.and
  if
    local.get $v2
    i32.const 0
    i64.load offset=1016
    i64.sub
    i32.wrap_i64
    i64.load32_u offset=16384
    local.set $v8
    i64.const 0
    local.get $v8
    return
  end
  local.get $v2
  call $mmio_fetch
  local.set $v10
  local.tee $v9
  i64.eqz
  if
    i64.const 1
    i64.const 0
    return
  end
  i64.const 0
  local.get $v10)
