(func $insn12 (export "insn12") (param $imm i64) (param $rs1 i64) (param $rd i64) (param $pc i64) (param $next_pc i64) (param $word i64) (result i32 i64)
  (local $to i64)
  (local $cause i64)
  (local $tval i64)
  (local $v0 i64)
  local.get $next_pc
  local.set $to
  local.get $rs1
  i32.wrap_i64
  i32.const 3
  i32.shl
  i64.load
  local.get $imm
  i64.add
  i64.const 4
  call $load
  local.set $tval
  local.tee $cause
  i64.eqz
  i32.eqz
  if
    i32.const 0
    local.get $cause
    i64.store offset=1096
    i32.const 0
    local.get $tval
    i64.store offset=1104
    i32.const 1
    local.get $pc
    return
  end
  local.get $tval
  local.set $v0
  local.get $rd
  i64.eqz
  i32.eqz
  if
    local.get $rd
    i32.wrap_i64
    i32.const 3
    i32.shl
    local.get $v0
    i64.extend32_s
    i64.store
  end
  i32.const 0
  local.get $to)
