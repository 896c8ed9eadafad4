(func $insn55 (export "insn55") (param $rs2 i64) (param $rs1 i64) (param $rd i64) (param $pc i64) (param $next_pc i64) (param $word i64) (result i32 i64)
  (local $to i64)
  (local $v0 i64)
  (local $v1 i64)
  local.get $next_pc
  local.set $to
  local.get $rs1
  i32.wrap_i64
  i32.const 3
  i32.shl
  i64.load
  local.set $v0
  local.get $rs2
  i32.wrap_i64
  i32.const 3
  i32.shl
  i64.load
  local.tee $v1
  i64.eqz
  if
    local.get $rd
    i64.eqz
    i32.eqz
    if
      local.get $rd
      i32.wrap_i64
      i32.const 3
      i32.shl
      i64.const 0xffffffffffffffff
      i64.store
    end
  else
    local.get $v0
    i64.const 0x8000000000000000
    i64.eq
    local.get $v1
    i64.const 0xffffffffffffffff
    i64.eq
    i32.and
    if
      local.get $rd
      i64.eqz
      i32.eqz
      if
        local.get $rd
        i32.wrap_i64
        i32.const 3
        i32.shl
        local.get $v0
        i64.store
      end
    else
      local.get $rd
      i64.eqz
      i32.eqz
      if
        local.get $rd
        i32.wrap_i64
        i32.const 3
        i32.shl
        local.get $v0
        local.get $v1
        i64.div_s
        i64.store
      end
    end
  end
  i32.const 0
  local.get $to)
